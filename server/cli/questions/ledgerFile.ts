import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { StudioError } from "../../../src/domain/errors.ts";
import type { Ledger, LedgerEntry, LedgerHeader } from "../../../src/domain/questions/types.ts";

/**
 * A ledger as JSONL beside the pairs: the header, then an entry a line, appended as they come. A last line that a crash cut
 * is left out.
 *
 * @throws StudioError `ledger-unreadable` when the file is something else
 */
export const ledgerFile = (path: string): Ledger => ({
  read: async () => {
    if (!existsSync(path)) return null;
    const text = readFileSync(path, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
    const [first, ...lines] = whole.split("\n").filter((line) => line !== "");
    if (first === undefined) return null;
    try {
      const header = JSON.parse(first) as LedgerHeader;
      if (header.version !== 1) throw new Error("another version");
      return { header, entries: lines.map((line) => JSON.parse(line) as LedgerEntry) };
    } catch (error) {
      throw new StudioError(
        "ledger-unreadable",
        `${path} is not what an earlier run left.`,
        "Move it away to begin anew.",
        { cause: error },
      );
    }
  },
  begin: async (header) => writeFileSync(path, `${JSON.stringify(header)}\n`),
  append: async (entry) => appendFileSync(path, `${JSON.stringify(entry)}\n`),
});
