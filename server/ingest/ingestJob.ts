import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { sha256 } from "../lib/hash.ts";
import { sourceFields } from "../serving/facts.ts";
import type { EmbeddedChunk, JobItem } from "../vectors/index.ts";
import type { Passage } from "./chunk.ts";
import { embedBatch, type JobParts, type JobRun } from "./jobWork.ts";

/** Documents taken up together, so that small ones share batches. */
const GROUP = 16;

/** What a document's hash covers: text, and how it is cut. The same hash means nothing needs to be embedded. */
const contentHash = (text: string, chunks: JobParts["chunks"]): string =>
  sha256(`${chunks.tokens}/${chunks.overlap}\0${text}`);

/** Embeds the documents of a job for every collection that is live, and stores each with the note that it is done. */
export const ingestJob = async (run: JobRun): Promise<void> => {
  const { job, jobs, store, collections } = run;
  for (;;) {
    if (!(await run.goesOn())) return;
    const items = await jobs.items.waiting(job.id, GROUP);
    if (items.length === 0) break;
    await group(run, items);
  }
  for (const { collection } of (await collections.targets()).targets) await store.nearest.index(collection.id);
  const now = await jobs.get(job.id);
  const all = now !== null && now.failed > 0 && now.done + now.unchanged === 0;
  await jobs.finish(
    job.id,
    all ? "failed" : "done",
    all
      ? {
          code: "documents-failed",
          message: "No document could be taken.",
          hint: "The list of failures says why, document by document.",
        }
      : null,
  );
};

const group = async (run: JobRun, items: readonly JobItem[]): Promise<void> => {
  const { store, jobs, collections, chunks } = run;
  const cut: { item: JobItem; hash: string; passages: Passage[] }[] = [];
  for (const item of items) {
    if (!item.payload) {
      await jobs.items.fail(item, { code: "payload-missing", message: "The text is gone.", hint: "Send it again." });
      continue;
    }
    const hash = contentHash(item.payload.text, chunks);
    if ((await store.contentHash(item.documentId)) === hash) {
      await store.describeDocument(documentOf(item, hash), (tx) =>
        jobs.items.finish(tx, item, { state: "unchanged", chunks: 0 }),
      );
      continue;
    }
    const passages = await passagesOf(run, item);
    if (passages) cut.push({ item, hash, passages });
  }
  if (cut.length === 0) return;
  // A promotion during the work changes where documents must go; then they are embedded for the new model too.
  let left = cut;
  for (let attempt = 0; left.length > 0; attempt += 1) {
    const { targets, without } = await collections.targets();
    if (targets.length === 0) throw noCollection();
    const texts = left.flatMap(({ passages }) => passages.map(({ text }) => text));
    const vectors = new Map<string, Float32Array[]>();
    for (const { collection, source } of targets)
      vectors.set(
        collection.id,
        await embedBatch(
          run,
          { source, collection: collection.id, event: "ingest.batch", documents: left.length },
          texts,
        ),
      );
    let at = 0;
    const late: typeof cut = [];
    for (const entry of left) {
      const first = at;
      at += entry.passages.length;
      const pieces = entry.passages.map((passage, ordinal): EmbeddedChunk => ({
        ...passage,
        ordinal,
        vectors: new Map([...vectors].map(([id, rows]) => [id, rows[first + ordinal] as Float32Array])),
      }));
      try {
        await store.putDocument(documentOf(entry.item, entry.hash), pieces, {
          without,
          alongside: (tx) => jobs.items.finish(tx, entry.item, { state: "done", chunks: pieces.length }),
        });
      } catch (thrown) {
        if (!(thrown instanceof StudioError) || thrown.code !== "collections-changed" || attempt > 5) throw thrown;
        late.push(entry);
      }
    }
    for (const { collection } of targets) await store.nearest.grew(collection.id, texts.length);
    left = late;
  }
};

/** A document's passages; null when it was refused, which is noted. */
const passagesOf = async (run: JobRun, item: JobItem): Promise<Passage[] | null> => {
  const { job, text, jobs, collections, chunks, log } = run;
  const { text: content, mediaType } = item.payload as NonNullable<JobItem["payload"]>;
  const { source } = await collections.models.ready();
  try {
    const passages = await text.chunk(content, mediaType, source.base.directory, {
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

const documentOf = ({ documentId, payload }: JobItem, hash: string) => {
  const { title, mediaType, source, text, metadata } = payload as NonNullable<JobItem["payload"]>;
  return { id: documentId, contentHash: hash, title, mediaType, source, text, metadata };
};

const noCollection = () =>
  new StudioError(
    "no-model",
    "No model is loaded, so nothing can be embedded.",
    "The log and /health say why. Retry the job when a model serves.",
  );
