import {
  choiceOf as columnsOf,
  openDoubts,
  parseBeir,
  parseCorpus,
  parseDataset,
  type ParsedCorpus,
  type ParseOptions,
} from "../../../domain/dataset/index.ts";
import type { ParsedDataset } from "../../../domain/dataset/types.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { DataService, NamedFile, ReadProgress } from "../protocol.ts";
import type { Keeper } from "./keeper.ts";
import { newDataset, rereadWith } from "./storedDataset.ts";
import { throttle } from "./throttle.ts";
import { viewOf } from "./view.ts";

/** The calls that read a file: pairs, a test, documents, and the pairs again with other columns. */
export const readCalls = (keeper: Keeper): Pick<DataService, "add" | "chooseColumns" | "addTest" | "addCorpus"> => ({
  async add(files, made, onProgress, signal) {
    const parsed = await readPairs(files, {}, onProgress, signal);
    const source = new Blob(files.map(({ file }) => file));
    return viewOf(await keeper.add(newDataset(made, source, parsed)));
  },
  async chooseColumns(id, dialect, confirmed, onProgress, signal) {
    const { source, parsed } = await keeper.get(id);
    const reread = await readPairs([{ file: source, name: parsed.fileName }], { dialect }, onProgress, signal);
    return viewOf(await keeper.reopen(id, (dataset) => rereadWith(dataset, reread, confirmed)));
  },
  async addTest(id, files, onProgress, signal) {
    const reading = { dialect: columnsOf((await keeper.get(id)).parsed.dialect), lenient: true };
    const test = await readPairs(files, reading, onProgress, signal);
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

/** Reads a file of pairs, or the files of a BEIR set. */
const readPairs = async (
  files: readonly NamedFile[],
  reading: Pick<ParseOptions, "dialect" | "lenient">,
  report: ReadProgress,
  signal: AbortSignal,
): Promise<ParsedDataset> => {
  refuseHuge(new Blob(files.map(({ file }) => file)));
  const onProgress = throttle(report);
  const sources = files.map(({ file, name }) => ({ source: file.stream(), fileName: name, bytes: file.size }));
  const [{ source, ...only }, ...others] = sources as [(typeof sources)[number]];
  return others.length > 0
    ? parseBeir(sources, { onProgress, signal })
    : parseDataset(source, { ...reading, ...only, onProgress, signal });
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
