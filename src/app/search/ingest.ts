import { INGEST_FILE_TYPES, type IngestDocument, type IngestJob } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { checkDocuments } from "./documents.ts";
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

const accepted = (files: readonly File[]): readonly File[] => {
  const strange = files.find(({ name }) => !INGEST_FILE_TYPES.some((ending) => name.toLowerCase().endsWith(ending)));
  if (strange)
    throw new StudioError(
      "file-type-unsupported",
      `Documents are read from ${INGEST_FILE_TYPES.join(", ")} files; one of these has another ending.`,
      "Leave it out, or paste its text. Nothing was sent.",
    );
  const empty = files.find(({ size }) => size === 0);
  if (empty) throw new StudioError("file-empty", "One of the files is empty.", "Leave it out. Nothing was sent.");
  return files;
};
