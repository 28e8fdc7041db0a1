import { StudioError } from "../../src/domain/errors.ts";
import { at } from "../../src/domain/present.ts";
import { retry, TransientFailure } from "../lib/retry.ts";
import type { EmbeddedChunk } from "../vectors/index.ts";
import type { CutDocument } from "./cutDocuments.ts";
import { embedBatch, type JobRun } from "./jobWork.ts";

/** So often is a document embedded anew because another model went into production meanwhile. */
const ATTEMPTS = 7;

/** Embeds documents for every collection that is live, and stores each with the note that it is done. */
export const storeDocuments = async (run: JobRun, documents: readonly CutDocument[]): Promise<void> => {
  let left = documents;
  // A promotion during the work changes where documents must go; then they are embedded for the new model too.
  const store = async (number: number) => {
    left = await storeOnce(run, left, number === ATTEMPTS);
    if (left.length > 0) throw new TransientFailure("another collection became active");
  };
  if (left.length > 0) await retry(store, { attempts: ATTEMPTS, first: 0, longest: 0 });
};

/** @returns documents that came too late: another collection became active while they were embedded */
const storeOnce = async (run: JobRun, documents: readonly CutDocument[], last: boolean): Promise<CutDocument[]> => {
  const { store, jobs, collections } = run;
  const { targets, without } = await collections.targets();
  if (targets.length === 0) throw noCollection();
  const texts = documents.flatMap(({ passages }) => passages.map(({ text }) => text));
  const vectors = new Map<string, Float32Array[]>();
  for (const { collection, source } of targets) {
    const target = { source, collection: collection.id, event: "ingest.batch", documents: documents.length } as const;
    vectors.set(collection.id, await embedBatch(run, target, texts));
  }
  let first = 0;
  const late: CutDocument[] = [];
  for (const entry of documents) {
    const { item, document, passages } = entry;
    const pieces = passages.map((passage, ordinal): EmbeddedChunk => {
      const place = first + ordinal;
      return { ...passage, ordinal, vectors: new Map([...vectors].map(([id, rows]) => [id, at(rows, place)])) };
    });
    first += passages.length;
    try {
      await store.putDocument(document, pieces, {
        without,
        alongside: (tx) => jobs.items.finish(tx, item, { state: "done", chunks: pieces.length }),
      });
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || thrown.code !== "collections-changed" || last) throw thrown;
      late.push(entry);
    }
  }
  for (const { collection } of targets) await store.nearest.grew(collection.id, texts.length);
  return late;
};

const noCollection = () =>
  new StudioError(
    "no-model",
    "No model is loaded, so nothing can be embedded.",
    "The log and /health say why. Retry the job when a model serves.",
  );
