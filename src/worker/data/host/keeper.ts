import { StudioError, toProblem, type Problem } from "../../../domain/errors.ts";
import type { DatasetStorage, StoredDataset } from "../storage.ts";
import { changed } from "./storedDataset.ts";

/** What a data set holds of its files; the rest is small and written often. */
const CONTENTS = ["source", "parsed", "test", "corpus"] as const;

/** Data sets held at once; one that is not held is read from storage again. */
const HELD = 2;

/** The data set with the reason why it is not stored, or with none. */
const noted = ({ unsaved: _, ...dataset }: StoredDataset, unsaved?: Problem): StoredDataset =>
  unsaved ? { ...dataset, unsaved } : dataset;

export interface Keeper {
  /** @throws StudioError `dataset-missing` */
  get(id: string): Promise<StoredDataset>;
  add(dataset: StoredDataset): Promise<StoredDataset>;
  /** Applies a change to the data set as it stands, here and in storage. What `apply` gives back unchanged is not written. */
  change(id: string, apply: (dataset: StoredDataset) => StoredDataset): Promise<StoredDataset>;
  /** {@link change} of files or decisions: what was split and mined for the rows before is gone. */
  reopen(id: string, apply: (dataset: StoredDataset) => StoredDataset): Promise<StoredDataset>;
  remove(id: string): Promise<void>;
}

/** Holds the data sets that are in use, and stores every change. */
export const createKeeper = (storage: DatasetStorage): Keeper => {
  const held = new Map<string, Promise<{ dataset: StoredDataset }>>();
  const hold = (id: string, entry: Promise<{ dataset: StoredDataset }>) => {
    held.delete(id);
    held.set(id, entry);
    entry.catch(() => held.delete(id));
    for (const other of held.keys()) if (held.size > HELD) held.delete(other);
    return entry;
  };
  const read = async (id: string): Promise<{ dataset: StoredDataset }> => {
    const dataset = await storage.load(id);
    if (!dataset)
      throw new StudioError("dataset-missing", "This data set is not stored any more.", "Drop its file again.");
    return { dataset };
  };
  /** Stores a data set; what the browser cannot store stays in use, with the reason noted. */
  const stored = async (dataset: StoredDataset, contents: boolean): Promise<StoredDataset> => {
    try {
      await storage.put(noted(dataset), contents);
      return noted(dataset);
    } catch (thrown) {
      return noted(dataset, toProblem(thrown));
    }
  };
  const entryOf = (id: string) => hold(id, held.get(id) ?? read(id));
  const change: Keeper["change"] = async (id, apply) => {
    const entry = await entryOf(id);
    // From here to the assignment nothing else can run, so that no change is lost to another.
    const before = entry.dataset;
    const applied = apply(before);
    if (applied === before) return before;
    const after = changed(before, applied);
    entry.dataset = after;
    const contents = before.unsaved !== undefined || CONTENTS.some((field) => before[field] !== after[field]);
    const { unsaved } = await stored(after, contents);
    entry.dataset = noted(entry.dataset, unsaved);
    return noted(after, unsaved);
  };
  return {
    get: async (id) => (await entryOf(id)).dataset,
    async add(dataset) {
      const kept = await stored(dataset, true);
      await hold(dataset.summary.id, Promise.resolve({ dataset: kept }));
      return kept;
    },
    change,
    reopen: (id, apply) => change(id, (dataset) => ({ ...apply(dataset), split: null, mined: null })),
    async remove(id) {
      held.delete(id);
      await storage.remove(id);
    },
  };
};
