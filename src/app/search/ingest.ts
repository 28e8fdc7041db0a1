import { INGEST_FILE_TYPES, type IngestDocument, type IngestJob } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
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
    "files" in input ? await client.ingestFiles(accepted(input.files)) : await client.ingestDocuments(input.documents);
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

/** Pasted text as documents: parts between lines of three dashes or more, titled by their first line. */
export const documentsFromText = (text: string): IngestDocument[] =>
  text
    .split(/^\s*-{3,}\s*$/m)
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => ({ text: part, title: at(part.split("\n"), 0).slice(0, 80), source: "pasted" }));
