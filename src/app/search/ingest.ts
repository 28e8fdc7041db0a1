import { INGEST_FILE_TYPES, type IngestDocument, type IngestJob } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { checkDocuments, LINE_FILE_TYPES, PAGE_FILE_TYPES } from "./documents.ts";
import type { RetrievalClient } from "./ports.ts";

/** Documents as dropped or pasted. */
export type IngestInput = { files: readonly File[] } | { documents: readonly IngestDocument[] };

/** Whether a job has come to its end. */
export const ended = ({ state }: Pick<IngestJob, "state">): boolean =>
  state === "succeeded" || state === "failed" || state === "cancelled";

/** Sends documents and yields the job after each change until it has ended. */
export async function* ingest(
  input: IngestInput,
  client: Pick<RetrievalClient, "ingestFiles" | "ingestDocuments" | "follow">,
  signal: AbortSignal,
): AsyncIterable<IngestJob> {
  const job =
    "files" in input
      ? await client.ingestFiles(accepted(input.files))
      : await client.ingestDocuments(checkDocuments(input.documents));
  yield job;
  if (!ended(job)) yield* client.follow(job.id, signal);
}

/** A file that is not sent, and why. */
export interface LeftOut {
  name: string;
  reason: string;
}

/** Why the server would not read a file; null where it does. */
const refusal = ({ name, size }: Pick<File, "name" | "size">): string | null =>
  !INGEST_FILE_TYPES.some((ending) => name.toLowerCase().endsWith(ending))
    ? `its ending is none of ${[...INGEST_FILE_TYPES, ...LINE_FILE_TYPES, ...PAGE_FILE_TYPES].join(", ")}`
    : size === 0
      ? "it is empty"
      : null;

/** Parts files into those that the server reads, and those left out with the reason: one bad file does not hold up the others. */
export const sortFiles = <F extends Pick<File, "name" | "size">>(
  files: readonly F[],
): { taken: F[]; left: LeftOut[] } => {
  const judged = files.map((file) => ({ file, reason: refusal(file) }));
  return {
    taken: judged.filter(({ reason }) => reason === null).map(({ file }) => file),
    left: judged.flatMap(({ file, reason }) => (reason === null ? [] : [{ name: file.name, reason }])),
  };
};

const accepted = (files: readonly File[]): readonly File[] => {
  const [first] = sortFiles(files).left;
  if (first)
    throw new StudioError(
      "file-not-read",
      `${first.name} cannot be read: ${first.reason}.`,
      "Leave it out, or paste its text. Nothing was sent.",
    );
  return files;
};
