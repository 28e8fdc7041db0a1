import {
  asDataset,
  beirInArchive,
  choiceOf as columnsOf,
  openDoubts,
  parseBeir,
  parseCorpus,
  parseDataset,
  type ParsedCorpus,
  refuseArchive,
  scoredOf,
  type BeirSet,
  type BeirSource,
  type ParseOptions,
} from "../../../domain/dataset/index.ts";
import type { ParsedDataset } from "../../../domain/dataset/types.ts";
import { StudioError } from "../../../domain/errors.ts";
import { present } from "../../../domain/present.ts";
import type { DataService, NamedFile, ReadProgress } from "../protocol.ts";
import type { Keeper } from "./keeper.ts";
import { newDataset, rereadWith } from "./storedDataset.ts";
import { throttle } from "./throttle.ts";
import { viewOf } from "./view.ts";

/** The calls that read a file: pairs, a test, documents, and the pairs again with other columns. */
export const readCalls = (
  keeper: Keeper,
): Pick<DataService, "isSet" | "add" | "chooseColumns" | "addTest" | "addCorpus"> => ({
  isSet: async ({ file }) => (await beirInArchive(file)) !== null,
  async add(files, made, onProgress, signal) {
    const set = await readSet(files, onProgress, signal);
    const { parsed, test } = set
      ? asDataset(set)
      : { parsed: await readPairs(files, {}, onProgress, signal), test: null };
    const source = new Blob(files.map(({ file }) => file));
    return viewOf(await keeper.add(newDataset(made, source, parsed, test)));
  },
  async chooseColumns(id, dialect, confirmed, onProgress, signal) {
    const { source, parsed } = await keeper.get(id);
    const reread = await readPairs([{ file: source, name: parsed.fileName }], { dialect }, onProgress, signal);
    return viewOf(await keeper.reopen(id, (dataset) => rereadWith(dataset, reread, confirmed)));
  },
  async addTest(id, files, onProgress, signal) {
    const reading = { dialect: columnsOf((await keeper.get(id)).parsed.dialect), lenient: true };
    const set = await readSet(files, onProgress, signal);
    const test = set ? scoredOf(set) : await readPairs(files, reading, onProgress, signal);
    refuseUnclear(test);
    return viewOf(await keeper.reopen(id, (dataset) => ({ ...dataset, test, leaveOut: false })));
  },
  async addCorpus(id, { file, name }, onProgress, signal) {
    const corpus = await readCorpus(file, name, onProgress, signal);
    return viewOf(await keeper.reopen(id, (dataset) => ({ ...dataset, corpus, leaveOut: false })));
  },
});

/** Larger files are refused before a byte of them is read; the parser has its own, finer limits. */
const FILE_LIMIT = 512 * 2 ** 20;

const refuseHuge = (file: Blob): void => {
  if (file.size > FILE_LIMIT)
    throw new StudioError(
      "dataset-too-large",
      `The file has ${Math.round(file.size / 2 ** 20)} MiB, more than a page can hold.`,
      "Train on a sample: some 10,000 to 100,000 pairs are usually enough. Split the file and drop one part.",
    );
};

/** Reads the files of a BEIR set, or an archive of them; null for a single file of another kind. */
const readSet = async (
  files: readonly NamedFile[],
  report: ReadProgress,
  signal: AbortSignal,
): Promise<BeirSet | null> => {
  const [first] = files;
  if (!first || (files.length === 1 && !(await isZip(first.file)))) return null;
  refuseHuge(new Blob(files.map(({ file }) => file)));
  const sources =
    files.length > 1
      ? files.map(({ file, name }): BeirSource => ({ open: () => file.stream(), fileName: name, bytes: file.size }))
      : await beirInArchive(first.file);
  if (!sources) throw await refuseArchive(first.file, first.name);
  return parseBeir(sources, { onProgress: throttle(report), signal });
};

/** By the signature of its first entry. */
const isZip = async (file: Blob): Promise<boolean> => {
  const [p, k, three, four] = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return p === 0x50 && k === 0x4b && three === 3 && four === 4;
};

/** Reads a file of pairs. */
const readPairs = async (
  [file]: readonly NamedFile[],
  reading: Pick<ParseOptions, "dialect" | "lenient">,
  report: ReadProgress,
  signal: AbortSignal,
): Promise<ParsedDataset> => {
  const { file: source, name: fileName } = present(file, "file");
  refuseHuge(source);
  const options = { ...reading, fileName, bytes: source.size, onProgress: throttle(report), signal };
  return parseDataset(source.stream(), options);
};

/** A test file must not leave open what is query, document and match. @throws StudioError `test-columns-unclear` */
const refuseUnclear = ({ dialect, columns = [], fileName }: ParsedDataset): void => {
  const [doubt] = openDoubts(dialect);
  if (doubt === undefined) return;
  throw new StudioError(
    "test-columns-unclear",
    doubt === "score"
      ? `The pairs of ${fileName} carry scores, and nothing says from which one on a pair is a match.`
      : `Nothing says which columns of ${fileName} hold the query and the document (${columns.join(", ")}).`,
    "Name its columns as in the main file, or query and positive; the columns and scores chosen there hold here too.",
  );
};

/** Reads a file of documents. */
const readCorpus = async (
  file: Blob,
  fileName: string,
  onProgress: ReadProgress,
  signal: AbortSignal,
): Promise<ParsedCorpus> => {
  refuseHuge(file);
  return parseCorpus(file.stream(), { fileName, bytes: file.size, onProgress: throttle(onProgress), signal });
};
