import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { RunContentsStorage, RunStorage } from "../app/runs/ports.ts";
import { migrateRun, type RunRecordV1 } from "../domain/run/migrate.ts";
import { appendSeries, emptySeries } from "../domain/run/series.ts";
import type { RetrievalTask } from "../domain/evaluation/types.ts";
import type { RunRecord, RunResults, RunSeries } from "../domain/run/types.ts";
import type { DatasetStorage, StoredDataset } from "../worker/data/storage.ts";
import { StudioError } from "../domain/errors.ts";
import { explained } from "./opfs.ts";

type Contents = Pick<StoredDataset, "source" | "parsed" | "test" | "corpus"> & { id: string };
type Decided = Omit<StoredDataset, keyof Contents>;

interface StudioDatabase extends DBSchema {
  runs: { key: string; value: RunRecord };
  /** Results of a run, by its id; earlier versions kept its test task with them. */
  runContents: { key: string; value: RunResults & { task?: RetrievalTask } };
  /** Its curves, in the pieces in which they came: run id, and the number of the piece. */
  runSeries: { key: [string, number]; value: RunSeries };
  /** Small and often written; lists read only this, not every text. */
  datasets: { key: string; value: Decided };
  /** The files' contents beside it, written once. */
  contents: { key: string; value: Contents };
}

const VERSION = 2;

let opened: Promise<IDBPDatabase<StudioDatabase>> | null = null;
const database = (): Promise<IDBPDatabase<StudioDatabase>> =>
  (opened ??= openDB<StudioDatabase>("recall-studio", VERSION, {
    async upgrade(db, from, _to, transaction) {
      if (from < 1) {
        db.createObjectStore("runs", { keyPath: "id" });
        db.createObjectStore("datasets", { keyPath: "summary.id" });
        db.createObjectStore("contents", { keyPath: "id" });
      }
      if (from < 2) {
        db.createObjectStore("runContents");
        db.createObjectStore("runSeries");
        // Records held texts and every step; both get places of their own.
        for (
          let cursor = await transaction.objectStore("runs").openCursor();
          cursor;
          cursor = await cursor.continue()
        ) {
          const { record, contents, series } = migrateRun(cursor.value as unknown as RunRecordV1);
          await transaction.objectStore("runContents").put(contents, record.id);
          await transaction.objectStore("runSeries").put(series, [record.id, 0]);
          await cursor.update(record);
        }
      }
    },
    blocking(_current, _blocked, event) {
      // Another tab brings a newer studio: let it upgrade; the next call here opens the new database.
      (event.target as IDBDatabase).close();
      opened = null;
    },
    terminated() {
      opened = null;
    },
  }));

const piecesOf = (runId: string): IDBKeyRange => IDBKeyRange.bound([runId, 0], [runId, Infinity]);

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

/** The test task of a run that an earlier version stored; null when its texts are elsewhere. */
export const earlierTestTask = async (runId: string): Promise<RetrievalTask | null> =>
  (await (await database()).get("runContents", runId))?.task ?? null;

/** Results and curves of runs in IndexedDB. */
export const runContentsStorage: RunContentsStorage = {
  async load(runId) {
    const stored = await (await database()).get("runContents", runId);
    if (!stored) return null;
    const { task: _, ...results } = stored;
    return results;
  },
  async save(runId, results) {
    const { store, done } = (await database()).transaction("runContents", "readwrite");
    const { task } = (await store.get(runId)) ?? {};
    await store.put(task ? { ...results, task } : results, runId);
    await done;
  },
  series: async (runId) =>
    (await (await database()).getAll("runSeries", piecesOf(runId))).reduce(appendSeries, emptySeries()),
  async append(runId, piece) {
    const { store, done } = (await database()).transaction("runSeries", "readwrite");
    const newest = await store.openKeyCursor(piecesOf(runId), "prev");
    await store.put(piece, [runId, (newest?.key[1] ?? -1) + 1]);
    await done;
  },
  async replace(runId, series) {
    const { store, done } = (await database()).transaction("runSeries", "readwrite");
    await store.delete(piecesOf(runId));
    await store.put(series, [runId, 0]);
    await done;
  },
  async remove(runId) {
    const transaction = (await database()).transaction(["runContents", "runSeries"], "readwrite");
    await transaction.objectStore("runContents").delete(runId);
    await transaction.objectStore("runSeries").delete(piecesOf(runId));
    await transaction.done;
  },
};

/** Nobody stops a write: one that the browser broke off is a failure, and not the `AbortError` of a person's stop. */
const notStored = (thrown: unknown): unknown => {
  const known = explained(thrown);
  return known instanceof StudioError
    ? known
    : new StudioError(
        "storage-refused",
        "The browser could not store the data set; it may be too large for it.",
        "It can be used until the page closes. Keep its file, or drop a smaller sample.",
        { cause: thrown },
      );
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
    try {
      await Promise.all([
        transaction.objectStore("datasets").put(decided),
        contents && transaction.objectStore("contents").put({ id, source, parsed, test, corpus }),
        transaction.done,
      ]);
    } catch (thrown) {
      throw notStored(thrown);
    }
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
