/** RFC 4180's quoting, with a name for each way in which a line may miss it. */

/** `open`: a quoted field has not ended; `broken`: text stands behind a closing quotation mark. */
export type Quoting = "whole" | "open" | "broken";

const QUOTED = / *"/y;
const GAP = / */y;

/** The fields of a record. Fields may be quoted; a quotation mark inside an unquoted field is a character like any other. */
export const splitRecord = (text: string, delimiter: string): { cells: string[]; quoting: Quoting } => {
  if (!text.includes('"')) return { cells: text.split(delimiter), quoting: "whole" };
  const cells: string[] = [];
  for (let at = 0; ;) {
    const opening = skip(QUOTED, text, at);
    if (opening === null) {
      const end = text.indexOf(delimiter, at);
      cells.push(text.slice(at, end < 0 ? undefined : end));
      if (end < 0) return { cells, quoting: "whole" };
      at = end + delimiter.length;
      continue;
    }
    const { end, quoting } = closing(text, opening, delimiter);
    if (quoting !== "whole") return { cells, quoting };
    cells.push(text.slice(opening, end).replaceAll('""', '"'));
    at = skip(GAP, text, end + 1) ?? end + 1;
    if (at >= text.length) return { cells, quoting: "whole" };
    at += delimiter.length;
  }
};

/** Whether a quoted field that began in an earlier line ends in this one. */
export const closesQuote = (line: string, delimiter: string): Quoting => closing(line, 0, delimiter).quoting;

/** Where the quoted field ends whose text goes on at `from`: at a mark that is not doubled, before a delimiter or the end. */
const closing = (text: string, from: number, delimiter: string): { end: number; quoting: Quoting } => {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] === '"') continue;
    const after = skip(GAP, text, end + 1) ?? end + 1;
    const ends = after >= text.length || text[after] === "\n" || text.startsWith(delimiter, after);
    return { end, quoting: ends ? "whole" : "broken" };
  }
  return { end: -1, quoting: "open" };
};

const skip = (pattern: RegExp, text: string, at: number): number | null => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
};
