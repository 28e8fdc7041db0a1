import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { RunRecord } from "../domain/run/types.ts";
import type { RunStorage } from "../app/runs/ports.ts";
import type { DatasetStorage, StoredDataset } from "../app/datasets/ports.ts";

type Contents = Pick<StoredDataset, "source" | "parsed" | "test" | "corpus"> & { id: string };
type Decided = Omit<StoredDataset, keyof Contents>;

interface StudioDatabase extends DBSchema {
  runs: { key: string; value: RunRecord };
  /** Small and often written; lists read only this, not every text. */
  datasets: { key: string; value: Decided };
  /** The files' contents beside it, written once. */
  contents: { key: string; value: Contents };
}

let opened: Promise<IDBPDatabase<StudioDatabase>> | null = null;
const database = (): Promise<IDBPDatabase<StudioDatabase>> =>
  (opened ??= openDB<StudioDatabase>("recall-studio", 1, {
    upgrade(db) {
      db.createObjectStore("runs", { keyPath: "id" });
      db.createObjectStore("datasets", { keyPath: "summary.id" });
      db.createObjectStore("contents", { keyPath: "id" });
    },
    terminated() {
      opened = null;
    },
  }));

/** Run records in IndexedDB. */
export const runStorage: RunStorage = {
  list: async () => (await database()).getAll("runs"),
  async put(run) {
    await (await database()).put("runs", run);
  },
  async remove(id) {
    await (await database()).delete("runs", id);
  },
};

/** Data sets in IndexedDB: decisions and split in one store, the files' contents in another. */
export const datasetStorage: DatasetStorage = {
  list: async () => (await (await database()).getAll("datasets")).map(({ summary }) => summary),
  async load(id) {
    const db = await database();
    const [decided, contents] = await Promise.all([db.get("datasets", id), db.get("contents", id)]);
    if (!decided || !contents) return null;
    const { source, parsed, test, corpus } = contents;
    return { ...decided, source, parsed, test, corpus };
  },
  async put({ source, parsed, test, corpus, ...decided }, contents) {
    const transaction = (await database()).transaction(["datasets", "contents"], "readwrite");
    const { id } = decided.summary;
    await Promise.all([
      transaction.objectStore("datasets").put(decided),
      contents && transaction.objectStore("contents").put({ id, source, parsed, test, corpus }),
      transaction.done,
    ]);
  },
  async remove(id) {
    const transaction = (await database()).transaction(["datasets", "contents"], "readwrite");
    await Promise.all([
      transaction.objectStore("datasets").delete(id),
      transaction.objectStore("contents").delete(id),
      transaction.done,
    ]);
  },
};
