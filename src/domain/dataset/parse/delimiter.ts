import { splitRecord } from "./splitRecord.ts";
import { TableRecords } from "./tableRecords.ts";

const DELIMITERS = [",", ";", "\t", "|"];
/** Records that are looked at. */
const SAMPLE = 50;

/** What Excel writes into the first line of a table to say how its fields are separated: `sep=;` */
export const declaredDelimiter = (line: string): string | null => {
  const found = /^"?sep=(.|\\t)"?\s*$/i.exec(line)?.[1];
  return found === undefined ? null : found === "\\t" ? "\t" : found;
};

/**
 * The separator with which most records have as many fields as the first one, at least two; of equals the one with more
 * fields. A tab for a tab-separated file, if it has any.
 */
export const guessDelimiter = (lines: readonly string[], format: "csv" | "tsv"): string => {
  const filled = lines.filter((text) => text.trim() !== "");
  if (format === "tsv" && filled.slice(0, 10).some((line) => line.includes("\t"))) return "\t";
  let best = { delimiter: format === "tsv" ? "\t" : ",", share: 0, fields: 1 };
  for (const delimiter of DELIMITERS) {
    const fields = splitRecord(filled[0] ?? "", delimiter).cells.length;
    if (fields < 2) continue;
    const share = regular(filled, delimiter, fields);
    if (share > best.share || (share === best.share && fields > best.fields)) best = { delimiter, share, fields };
  }
  return best.delimiter;
};

/** Share of the records that have so many fields. */
const regular = (lines: readonly string[], delimiter: string, fields: number): number => {
  const reader = new TableRecords(delimiter);
  let records = 0;
  let good = 0;
  for (const [i, text] of lines.entries()) {
    for (const record of reader.take({ text, valid: true, line: i + 1 })) {
      records++;
      if (!record.fault && record.cells.length === fields) good++;
    }
    if (records >= SAMPLE) break;
  }
  return good / Math.max(records, 1);
};
