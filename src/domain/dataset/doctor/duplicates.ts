import { at } from "../../present.ts";
import { groupBy, NEAR_DUPLICATE } from "../../text/index.ts";
import { counted, dropRows, finding, keep, type Examined } from "./examined.ts";
import type { Finding } from "./types.ts";

/** Repeated rows, nearly repeated rows, and nearly equal texts. */
export const duplicates = (examined: Examined): Finding[] => {
  const { index, rows, near } = examined;
  const exact = repeated(rows.length, (row) => rowKey(examined, row, (text) => text));
  const extra = new Set(exact.flatMap((group) => group.slice(1)));
  const similar = repeated(rows.length, (row) =>
    extra.has(row) ? null : rowKey(examined, row, (text) => near.find(text)),
  );
  const found: Finding[] = [];
  if (exact.length > 0) found.push(rowFinding(examined, "duplicate-rows", exact));
  if (similar.length > 0) found.push(rowFinding(examined, "near-duplicate-rows", similar));

  const alike = [...groupBy(index.texts.keys(), (text) => near.find(text)).values()].filter(
    (group) => group.length > 1,
  );
  if (alike.length > 0) {
    const texts = new Set(alike.flat());
    const touched = (row: number): boolean =>
      texts.has(at(index.query, row)) || (index.positives[row]?.some((text) => texts.has(text)) ?? false);
    const affected = rows.map((_, row) => row).filter(touched);
    found.push(
      finding(examined, "near-duplicate-texts", "info", affected, {
        count: texts.size,
        sentence: `${counted(texts.size, "text is", "texts are")} nearly the same as another (at least ${NEAR_DUPLICATE.threshold * 100} % of their ${NEAR_DUPLICATE.shingle}-letter pieces are shared).`,
        advice: "They stay together in one part of the split, so that the test stays fair.",
      }),
    );
  }
  return found;
};

const rowFinding = (
  examined: Examined,
  code: "duplicate-rows" | "near-duplicate-rows",
  groups: number[][],
): Finding => {
  const rest = groups.flatMap((group) => group.slice(1));
  const exact = code === "duplicate-rows";
  return finding(examined, code, exact ? "warning" : "info", rest, {
    sentence: `${counted(rest.length, exact ? "row repeats" : "row nearly repeats", exact ? "rows repeat" : "rows nearly repeat")} an earlier one.`,
    advice: "Repeated rows count more in training and add nothing to the test.",
    groups,
    choices: exact
      ? [dropRows(`Keep the first of each, leave out ${counted(rest.length, "row")}`, rest), keep("Keep all")]
      : [keep("Keep all"), dropRows(`Keep the first of each, leave out ${counted(rest.length, "row")}`, rest)],
  });
};

/** Rows with equal keys, at least two each. A null key stands apart. */
const repeated = (rows: number, key: (row: number) => string | null): number[][] => {
  const groups = groupBy(Array(rows).keys(), key);
  groups.delete(null);
  return [...groups.values()].filter((group) => group.length > 1);
};

const rowKey = ({ index }: Examined, row: number, of: (text: number) => number): string => {
  const set = (texts: Int32Array | undefined): string =>
    [...new Set(Array.from(texts ?? [], of))].sort((a, b) => a - b).join(",");
  return `${of(at(index.query, row))}|${set(index.positives[row])}|${set(index.negatives[row])}`;
};
