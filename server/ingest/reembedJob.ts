import { StudioError } from "../../src/domain/errors.ts";
import { at, present } from "../../src/domain/present.ts";
import { embedBatch, type JobRun } from "./jobWork.ts";

/** Passages embedded together. */
const ROUND = 64;
/** Vectors rounded to a smaller type together: with their index kept up, about a second. */
const ROUNDED = 200;

/**
 * Embeds what a collection lacks, round by round, brings its vectors into another type where that is to change, and activates it when nothing is missing and its model serves.
 * @returns how many documents passages were embedded of
 */
export const reembedJob = async (run: JobRun): Promise<{ documents: number }> => {
  const { job, store, jobs, collections } = run;
  const id = present(job.collectionId, "collection in a job that fills one");
  const source = await collections.models.catalog.fingerprint(id);
  if (!source)
    throw new StudioError(
      "collection-model-missing",
      "The model of this collection is not on this server.",
      "Upload it again, or promote another version.",
    );
  let { chunks } = job;
  const documents = new Set<string>();
  for (;;) {
    if (!(await run.goesOn())) return { documents: documents.size };
    if (!(await collections.wanted(id))) {
      await store.collections.settle(id);
      await jobs.finish(job.id, "cancelled");
      return { documents: documents.size };
    }
    let missing = await store.missing(id, ROUND);
    // Complete as it is searched; where its type changes, what the next form lacks follows.
    const next = missing.length === 0 ? (await store.collections.find(id))?.nextVectorType : null;
    if (next) {
      const rounded = await store.roundVectors(id, ROUNDED);
      if (rounded > 0) {
        await store.nearest.grew(id, rounded);
        chunks += rounded;
        await jobs.progress(job.id, { chunks, chunksTotal: Math.max(chunks, job.chunksTotal ?? 0) });
        continue;
      }
      missing = await store.missing(id, ROUND, next);
      if (missing.length === 0) {
        await collections.switchType(id);
        continue;
      }
    }
    if (missing.length === 0) {
      if (!(await collections.finish(id))) {
        if (!(await store.collections.complete(id))) continue; // A document came meanwhile.
        await store.collections.settle(id);
      }
      await jobs.finish(job.id, "done");
      return { documents: documents.size };
    }
    const round = new Set(missing.map(({ documentId }) => documentId));
    const vectors = await embedBatch(
      run,
      { source, collection: id, event: "reembed.batch", documents: round.size },
      missing.map(({ text }) => text),
    );
    await store.addVectors(
      id,
      missing.map((chunk, i) => ({ ...chunk, embedding: at(vectors, i) })),
      next ?? undefined,
    );
    await store.nearest.grew(id, missing.length);
    chunks += missing.length;
    for (const documentId of round) documents.add(documentId);
    await jobs.progress(job.id, { chunks, chunksTotal: Math.max(chunks, job.chunksTotal ?? 0) });
  }
};
