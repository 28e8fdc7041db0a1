import { StudioError } from "../../domain/errors.ts";
import { openDoubts, type ParseProgress } from "../../domain/dataset/index.ts";
import type { ParsedDataset } from "../../domain/dataset/types.ts";
import type { DataService, NamedFile, PairReading, StoredDataset } from "./ports.ts";
import { eventQueue } from "../eventQueue.ts";

/** What happens while a file is read, in order; a failure is thrown. */
export type ReadEvent<T> = { type: "progress"; progress: ParseProgress } | { type: "read"; content: T };

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

/** Reads a file of pairs, with progress. */
export async function* readPairs(
  file: Blob,
  name: string,
  reading: PairReading,
  data: Pick<DataService, "parse">,
  signal: AbortSignal,
): AsyncGenerator<ReadEvent<ParsedDataset>> {
  refuseHuge(file);
  yield* withProgress((onProgress) => data.parse(file, name, reading, onProgress, signal));
}

/** Reads the files of a BEIR set, with progress. */
export async function* readSet(
  files: readonly NamedFile[],
  data: Pick<DataService, "parseSet">,
  signal: AbortSignal,
): AsyncGenerator<ReadEvent<ParsedDataset>> {
  refuseHuge(new Blob(files.map(({ file }) => file)));
  yield* withProgress((onProgress) => data.parseSet(files, onProgress, signal));
}

/**
 * A test file is read by the columns of the main file; what it has otherwise must speak for itself.
 *
 * @throws StudioError `test-columns-unclear`
 */
export const refuseUnclear = ({ dialect, columns = [], fileName }: ParsedDataset): void => {
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

/** Reads a file of documents, with progress. */
export async function* readCorpus(
  file: Blob,
  name: string,
  data: Pick<DataService, "parseCorpus">,
  signal: AbortSignal,
): AsyncGenerator<ReadEvent<NonNullable<StoredDataset["corpus"]>>> {
  refuseHuge(file);
  yield* withProgress((onProgress) => data.parseCorpus(file, name, onProgress, signal));
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
