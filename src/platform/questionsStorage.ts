import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { LedgerEntry, LedgerHeader } from "../domain/questions/types.ts";
import type { Judgement } from "../worker/questions/protocol.ts";
import type {
  QuestionsStorage,
  StoredDocuments,
  StoredFiltered,
  StoredReal,
  StoredWriting,
} from "../worker/questions/storage.ts";
import { explained } from "./opfs.ts";

/** One set of documents with what was written about them; every answer is stored as it comes. */
interface QuestionsDatabase extends DBSchema {
  /** One value under each name. */
  state: { key: keyof Single; value: Single[keyof Single] };
  /** By passage: the last entry of each. */
  entries: { key: string; value: LedgerEntry };
  judgements: { key: string; value: Judgement };
}

interface Single {
  documents: StoredDocuments;
  writing: StoredWriting;
  header: LedgerHeader;
  filtered: StoredFiltered;
  real: StoredReal;
}

let opened: Promise<IDBPDatabase<QuestionsDatabase>> | null = null;
const database = (): Promise<IDBPDatabase<QuestionsDatabase>> =>
  (opened ??= openDB<QuestionsDatabase>("recall-studio-questions", 1, {
    upgrade(db) {
      db.createObjectStore("state");
      db.createObjectStore("entries", { keyPath: "passage" });
      db.createObjectStore("judgements");
    },
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      opened = null;
    },
    terminated() {
      opened = null;
    },
  }));

type StoreName = "state" | "entries" | "judgements";

/** Changes several stores at once, wholly or not at all. @throws StudioError `storage-full` */
const change = async (stores: StoreName[], apply: (put: Changes) => void): Promise<void> => {
  const transaction = (await database()).transaction(stores, "readwrite");
  try {
    apply({
      set: (name, value) => void transaction.objectStore("state").put(value, name),
      unset: (name) => void transaction.objectStore("state").delete(name),
      empty: (store) => void transaction.objectStore(store).clear(),
      entry: (entry) => void transaction.objectStore("entries").put(entry),
      judgement: (id, judgement) => void transaction.objectStore("judgements").put(judgement, id),
    });
    await transaction.done;
  } catch (thrown) {
    throw explained(thrown);
  }
};

interface Changes {
  set<K extends keyof Single>(name: K, value: Single[K]): void;
  unset(name: keyof Single): void;
  empty(store: StoreName): void;
  entry(entry: LedgerEntry): void;
  judgement(id: string, judgement: Judgement): void;
}

const single = async <K extends keyof Single>(name: K): Promise<Single[K] | null> =>
  ((await (await database()).get("state", name)) as Single[K] | undefined) ?? null;

const entries = async (): Promise<LedgerEntry[]> => (await database()).getAll("entries");

export const questionsStorage: QuestionsStorage = {
  loadDocuments: () => single("documents"),
  saveDocuments: (documents) =>
    change(["state", "entries", "judgements"], (put) => {
      for (const store of ["state", "entries", "judgements"] as const) put.empty(store);
      put.set("documents", documents);
    }),
  loadWriting: () => single("writing"),
  saveWriting: (writing) => change(["state"], (put) => put.set("writing", writing)),
  ledger: {
    async read() {
      const header = await single("header");
      return header && { header, entries: await entries() };
    },
    begin: (header) =>
      change(["state", "entries", "judgements"], (put) => {
        put.empty("entries");
        put.empty("judgements");
        put.unset("filtered");
        put.set("header", header);
      }),
    append: (entry) => change(["entries"], (put) => put.entry(entry)),
  },
  forgetWriting: () =>
    change(["state", "entries", "judgements"], (put) => {
      put.empty("entries");
      put.empty("judgements");
      for (const name of ["writing", "header", "filtered"] as const) put.unset(name);
    }),
  saveEntries: (saved) => change(["entries"], (put) => saved.forEach(put.entry)),
  entries,
  loadReal: () => single("real"),
  saveReal: (real) => change(["state"], (put) => (real ? put.set("real", real) : put.unset("real"))),
  loadFiltered: () => single("filtered"),
  saveFiltered: (filtered) =>
    change(["state"], (put) => (filtered ? put.set("filtered", filtered) : put.unset("filtered"))),
  async loadJudgements() {
    const db = await database();
    const [keys, values] = await Promise.all([db.getAllKeys("judgements"), db.getAll("judgements")]);
    return new Map(keys.map((key, i) => [key, values[i] ?? { verdict: null }]));
  },
  saveJudgement: (id, judgement) => change(["judgements"], (put) => put.judgement(id, judgement)),
  clear: () =>
    change(["state", "entries", "judgements"], (put) => {
      for (const store of ["state", "entries", "judgements"] as const) put.empty(store);
    }),
};
