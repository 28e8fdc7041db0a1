import { StudioError } from "../domain/errors.ts";
import type { ParseProgress } from "../domain/dataset/index.ts";
import type { Dialect, PairRow, ParsedDataset } from "../domain/dataset/types.ts";
import type { DataService, DatasetRows, LeftOutPair, SplitSettings, StoredDataset } from "./datasetPorts.ts";
import { eventQueue } from "./eventQueue.ts";

/** What happens while a file is read, in order; a failure is thrown. */
export type ReadEvent<T> = { type: "progress"; progress: ParseProgress } | { type: "read"; content: T };

export const DEFAULT_SPLIT: SplitSettings = {
  seed: 42,
  dev: 0.1,
  test: 0.2,
  nearDuplicates: true,
  negatives: "join",
  leaks: "refuse",
};

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

/** Reads a file of pairs, with progress. `dialect` names the columns when the person chose them. */
export async function* readPairs(
  file: Blob,
  name: string,
  dialect: Dialect | null,
  data: Pick<DataService, "parse">,
): AsyncGenerator<ReadEvent<ParsedDataset>> {
  refuseHuge(file);
  yield* withProgress((onProgress) => data.parse(file, name, dialect, onProgress));
}

/** Reads a file of documents, with progress. */
export async function* readCorpus(
  file: Blob,
  name: string,
  data: Pick<DataService, "parseCorpus">,
): AsyncGenerator<ReadEvent<NonNullable<StoredDataset["corpus"]>>> {
  refuseHuge(file);
  yield* withProgress((onProgress) => data.parseCorpus(file, name, onProgress));
}

async function* withProgress<T>(
  work: (onProgress: (progress: ParseProgress) => void) => Promise<T>,
): AsyncGenerator<ReadEvent<T>> {
  const queue = eventQueue<ReadEvent<T>>();
  let failure: { thrown: unknown } | null = null;
  const done = work((progress) => queue.push({ type: "progress", progress }))
    .then(
      (content) => queue.push({ type: "read", content }),
      (thrown: unknown) => void (failure = { thrown }),
    )
    .finally(() => queue.close());
  for await (const event of queue) yield event;
  await done;
  if (failure) throw (failure as { thrown: unknown }).thrown;
}

/** A data set as it is first stored. */
export const newDataset = (id: string, createdAt: string, source: Blob, parsed: ParsedDataset): StoredDataset =>
  withSummary({
    summary: { id, name: parsed.fileName, createdAt, rows: 0, badLines: 0, missing: null },
    source,
    parsed,
    leaveOut: false,
    columnsConfirmed: false,
    settings: DEFAULT_SPLIT,
    split: null,
    test: null,
    corpus: null,
    excluded: [],
  });

/** Rows of the same query with at least one of the pair's positives hold the pair. */
export const holdsPair = (row: Pick<PairRow, "query" | "positives">, pairs: readonly LeftOutPair[]): boolean =>
  pairs.some(({ query, positives }) => query === row.query && row.positives.some((text) => positives.includes(text)));

const keep = (rows: readonly PairRow[], excluded: readonly LeftOutPair[]): PairRow[] =>
  excluded.length === 0 ? [...rows] : rows.filter((row) => !holdsPair(row, excluded));

/** The rows that count: without excluded pairs, test rows last. */
export const rowsOf = (dataset: Pick<StoredDataset, "parsed" | "test" | "corpus" | "excluded">): DatasetRows => {
  const { excluded } = dataset;
  const test = keep(dataset.test?.rows ?? [], excluded);
  return {
    rows: [...keep(dataset.parsed.rows, excluded), ...test],
    testRows: test.length,
    corpus: [...dataset.parsed.corpus, ...(dataset.test?.corpus ?? []), ...(dataset.corpus?.documents ?? [])],
  };
};

/** Bad lines of all files of the data set. */
export const badLinesOf = (dataset: Pick<StoredDataset, "parsed" | "test" | "corpus">) => [
  ...dataset.parsed.badLines.map((line) => ({ file: dataset.parsed.fileName, ...line })),
  ...(dataset.test?.badLines ?? []).map((line) => ({ file: dataset.test!.fileName, ...line })),
  ...(dataset.corpus?.badLines ?? []).map((line) => ({ file: dataset.corpus!.fileName, ...line })),
];

/** What the person has to decide before a split is made, as an order; null when nothing is open. */
export const undecided = (dataset: StoredDataset): string | null => {
  const bad = badLinesOf(dataset).length;
  if (dataset.parsed.dialect.guessed && !dataset.columnsConfirmed) return "Confirm the columns";
  if (bad > 0 && !dataset.leaveOut) return `Decide about ${bad === 1 ? "the bad line" : `the ${bad} bad lines`}`;
  return null;
};

/** The data set with its summary brought up to date. */
export const withSummary = (dataset: StoredDataset): StoredDataset => ({
  ...dataset,
  summary: {
    ...dataset.summary,
    name: dataset.parsed.fileName,
    rows: rowsOf(dataset).rows.length,
    badLines: badLinesOf(dataset).length,
    missing: undecided(dataset) ?? (dataset.split ? null : "Make a split"),
  },
});

/** Bad lines as a file to work through: file, line, reason and text, tab-separated. */
export const badLinesReport = (dataset: StoredDataset): string =>
  [
    "file\tline\treason\ttext",
    ...badLinesOf(dataset).map(({ file, line, reason, text }) =>
      [file, line, reason, text.replace(/[\t\r\n]/g, " ")].join("\t"),
    ),
  ].join("\n") + "\n";
