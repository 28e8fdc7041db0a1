import type { ModelFiles } from "../../domain/modelFiles.ts";
import type { PackedRunTexts } from "../../domain/run/texts.ts";
import { createDataService } from "../../worker/data/host/service.ts";
import type { StoredDataset } from "../../worker/data/storage.ts";

/** The data work without its worker, for tests of the stores; its storage is in memory. `base` is the only base there is. */
export const memoryData = (base?: ModelFiles) => {
  const disk = new Map<string, StoredDataset>();
  const texts = new Map<string, PackedRunTexts>();
  /** What was written: ids, with `!` where the files' contents were written too. */
  const writes: string[] = [];
  const data = createDataService({
    datasets: {
      list: async () => [...disk.values()].map(({ summary }) => summary),
      load: async (id) => disk.get(id) ?? null,
      put: async (dataset, contents) => {
        writes.push(contents ? `${dataset.summary.id}!` : dataset.summary.id);
        disk.set(dataset.summary.id, dataset);
      },
      remove: async (id) => void disk.delete(id),
    },
    runs: {
      save: async (runId, file) => void texts.set(runId, file),
      // A copy, as storage gives one: who gets it may hand it over.
      load: async (runId) => texts.get(runId)?.slice() ?? null,
    },
    openFiles: async () => base ?? Promise.reject(new Error("no base was given to this test")),
  });
  return { data, disk, texts, writes };
};

export { newDataset } from "../../worker/data/host/storedDataset.ts";
