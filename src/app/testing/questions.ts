import { memoryLedger } from "../../domain/questions/ledger.ts";
import type { Ledger, LedgerEntry } from "../../domain/questions/types.ts";
import type { Judgement } from "../../worker/questions/protocol.ts";
import type {
  QuestionsStorage,
  StoredDocuments,
  StoredFiltered,
  StoredReal,
  StoredWriting,
} from "../../worker/questions/storage.ts";

/** The questions worker's storage in memory: it outlives the service, as a browser's outlives a reload. */
export const memoryQuestionsStorage = (): QuestionsStorage => {
  let documents: StoredDocuments | null = null;
  let writing: StoredWriting | null = null;
  let ledger = memoryLedger();
  let filtered: StoredFiltered | null = null;
  let real: StoredReal | null = null;
  let judgements = new Map<string, Judgement>();
  const forget = () => {
    writing = null;
    ledger = memoryLedger();
    filtered = null;
    judgements = new Map();
  };
  const held: Ledger = {
    read: () => ledger.read(),
    begin: (header) => ledger.begin(header),
    append: (entry) => ledger.append(entry),
  };
  return {
    loadDocuments: async () => documents,
    async saveDocuments(saved) {
      forget();
      real = null;
      documents = saved;
    },
    loadWriting: async () => writing,
    saveWriting: async (saved) => void (writing = saved),
    ledger: held,
    forgetWriting: async () => forget(),
    async saveEntries(saved) {
      for (const entry of saved) await ledger.append(entry);
    },
    async entries() {
      const last = new Map<string, LedgerEntry>();
      for (const entry of (await ledger.read())?.entries ?? []) last.set(entry.passage, entry);
      return [...last.values()];
    },
    loadReal: async () => real,
    saveReal: async (saved) => void (real = saved),
    loadFiltered: async () => filtered,
    saveFiltered: async (saved) => void (filtered = saved),
    loadJudgements: async () => new Map(judgements),
    saveJudgement: async (id, judgement) => void judgements.set(id, judgement),
    async clear() {
      forget();
      real = null;
      documents = null;
    },
  };
};
