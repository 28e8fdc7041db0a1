import type { Chunk } from "../../src/domain/documents/index.ts";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { sha256 } from "../lib/hash.ts";
import { sourceFields } from "../serving/facts.ts";
import type { JobItem, StoredDocument } from "../vectors/index.ts";
import type { JobParts, JobRun } from "./jobWork.ts";

/** A document of a job, ready to be embedded. */
export interface CutDocument {
  item: JobItem;
  document: StoredDocument;
  passages: Chunk[];
}

/** Cuts a job's documents into passages. Those that are stored already or cannot be taken are noted, and left out. */
export const cutDocuments = async (run: JobRun, items: readonly JobItem[]): Promise<CutDocument[]> => {
  const { store, jobs, chunks } = run;
  const cut: CutDocument[] = [];
  for (const item of items) {
    if (!item.payload) {
      await jobs.items.fail(item, { code: "payload-missing", message: "The text is gone.", hint: "Send it again." });
      continue;
    }
    const document = { ...item.payload, id: item.documentId, contentHash: contentHash(item.payload.text, chunks) };
    if ((await store.contentHash(document.id)) === document.contentHash) {
      await store.describeDocument(document, (tx) => jobs.items.finish(tx, item, { state: "unchanged", chunks: 0 }));
      continue;
    }
    const passages = await passagesOf(run, item, document);
    if (passages) cut.push({ item, document, passages });
  }
  return cut;
};

/** What a document's hash covers: text, and how it is cut. The same hash means nothing needs to be embedded. */
const contentHash = (text: string, chunks: JobParts["chunks"]): string =>
  sha256(`${chunks.tokens}/${chunks.overlap}\0${text}`);

/** A document's passages; null when it was refused, which is noted. */
const passagesOf = async (run: JobRun, item: JobItem, document: StoredDocument): Promise<Chunk[] | null> => {
  const { job, text, jobs, collections, chunks, log } = run;
  const { source } = await collections.models.ready();
  try {
    const passages = await text.chunk(document.text, document.mediaType, source.base.directory, {
      size: chunks.tokens,
      overlap: chunks.overlap,
    });
    if (passages.length > 0) return passages;
    throw new StudioError("document-empty", "The document holds no text.", "Send a document with text.");
  } catch (thrown) {
    if (!(thrown instanceof StudioError)) throw thrown;
    await jobs.items.fail(item, toProblem(thrown));
    log.warn(
      {
        event: "ingest.refused",
        job: job.id,
        correlation_id: job.correlationId,
        code: thrown.code,
        ...sourceFields(source),
      },
      "a document was refused",
    );
    return null;
  }
};
