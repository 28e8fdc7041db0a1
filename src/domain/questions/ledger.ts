import type { Ledger, LedgerEntry, LedgerHeader } from "./types.ts";

/** A ledger that lives as long as the page or the process: for samples and tests. */
export const memoryLedger = (kept?: { header: LedgerHeader; entries: LedgerEntry[] }): Ledger => {
  let held = kept ?? null;
  return {
    read: async () => held && { header: held.header, entries: [...held.entries] },
    begin: async (header) => {
      held = { header, entries: [] };
    },
    append: async (entry) => {
      held?.entries.push(entry);
    },
  };
};
