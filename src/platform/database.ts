import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { RunRecord } from "../domain/run/types.ts";
import type { RunStorage } from "../workflows/ports.ts";
import type { DatasetStorage, StoredDataset, StoredDatasetSummary } from "../workflows/datasetPorts.ts";

interface StudioDatabase extends DBSchema {
  runs: { key: string; value: RunRecord };
  /** The list reads only this; rows lie beside it, so that opening the page does not read every text. */
  datasets: { key: string; value: StoredDatasetSummary };
  contents: { key: string; value: StoredDataset };
}

let opened: Promise<IDBPDatabase<StudioDatabase>> | null = null;
const database = (): Promise<IDBPDatabase<StudioDatabase>> =>
  (opened ??= openDB<StudioDatabase>("recall-studio", 1, {
    upgrade(db) {
      db.createObjectStore("runs", { keyPath: "id" });
      db.createObjectStore("datasets", { keyPath: "id" });
      db.createObjectStore("contents", { keyPath: "summary.id" });
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

/** Data sets in IndexedDB: a summary for lists, the contents beside it. */
export const datasetStorage: DatasetStorage = {
  list: async () => (await database()).getAll("datasets"),
  load: async (id) => (await (await database()).get("contents", id)) ?? null,
  async put(dataset) {
    const transaction = (await database()).transaction(["datasets", "contents"], "readwrite");
    await Promise.all([
      transaction.objectStore("datasets").put(dataset.summary),
      transaction.objectStore("contents").put(dataset),
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
