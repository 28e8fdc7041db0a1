import { cutDocuments } from "./cutDocuments.ts";
import type { JobRun } from "./jobWork.ts";
import { storeDocuments } from "./storeDocuments.ts";

/** Documents taken up together, so that small ones share batches. */
const GROUP = 16;

/** Embeds the documents of a job for every collection that is live, and stores each with the note that it is done. */
export const ingestJob = async (run: JobRun): Promise<void> => {
  const { job, jobs, store, collections } = run;
  for (;;) {
    if (!(await run.goesOn())) return;
    const items = await jobs.items.waiting(job.id, GROUP);
    if (items.length === 0) break;
    await storeDocuments(run, await cutDocuments(run, items));
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
