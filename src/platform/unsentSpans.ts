import { openDB, type DBSchema, type IDBPDatabase } from "idb";

/** A request with spans that the server has not taken yet. */
interface Unsent {
  key: number;
  /** OTLP as JSON. */
  body: string;
  spans: number;
}

/** Where such requests wait. */
export interface UnsentSpans {
  /** Begins to keep a request at once. @returns its key, when it is safe */
  add(body: string, spans: number): Promise<number>;
  /** Oldest first. */
  all(): Promise<Unsent[]>;
  remove(key: number): Promise<void>;
}

/** Spans that wait at most; the oldest give way. */
const KEPT = 1000;

/** The keys beyond what is kept, of requests from the newest to the oldest. */
const surplus = (newestFirst: readonly Unsent[]): number[] => {
  let spans = 0;
  return newestFirst.filter((one) => (spans += one.spans) > KEPT).map(({ key }) => key);
};

/** Waits as long as the page is open. */
export const unsentInMemory = (): UnsentSpans => {
  const waiting = new Map<number, Unsent>();
  let next = 1;
  return {
    add: async (body, spans) => {
      const key = next++;
      waiting.set(key, { key, body, spans });
      for (const old of surplus([...waiting.values()].reverse())) waiting.delete(old);
      return key;
    },
    all: async () => [...waiting.values()],
    remove: async (key) => void waiting.delete(key),
  };
};

interface Schema extends DBSchema {
  requests: { key: number; value: Omit<Unsent, "key"> & { key?: number } };
}

/** Waits in IndexedDB: what an earlier visit could not send goes out with this one. */
export const unsentOnDisk = (name = "recall-studio-spans"): UnsentSpans => {
  let opened: Promise<IDBPDatabase<Schema>> | null = null;
  const database = () =>
    (opened ??= openDB<Schema>(name, 1, {
      upgrade: (db) => void db.createObjectStore("requests", { keyPath: "key", autoIncrement: true }),
      terminated: () => (opened = null),
    }));
  return {
    add: async (body, spans) => {
      const transaction = (await database()).transaction("requests", "readwrite");
      const key = await transaction.store.add({ body, spans });
      const all = (await transaction.store.getAll()) as Unsent[];
      await Promise.all(surplus(all.reverse()).map((old) => transaction.store.delete(old)));
      await transaction.done;
      return key;
    },
    all: async () => (await (await database()).getAll("requests")) as Unsent[],
    remove: async (key) => (await database()).delete("requests", key),
  };
};
