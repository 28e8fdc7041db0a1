import type { UnionFind } from "../../text/index.ts";
import type { TextIndex } from "../split/textGraph.ts";
import type { PairRow } from "../types.ts";
import type { Choice, Finding, FindingCode, Severity } from "./types.ts";

/** Everything the checks look at; made once. */
export interface Examined {
  /** The rows of the file. Those of a separate test file stand behind them in `index` only. */
  rows: readonly PairRow[];
  index: TextIndex;
  near: UnionFind;
  /** Component of each row of the file. */
  component: number[];
}

export const keep = (label: string): Choice => ({ id: "keep", label, effect: { type: "keep" } });

export const dropRows = (label: string, rows: number[]): Choice => ({
  id: "drop-rows",
  label,
  effect: { type: "drop-rows", rows },
});

export const finding = (
  examined: Pick<Examined, "rows">,
  code: FindingCode,
  severity: Severity,
  rows: number[],
  words: { sentence: string; advice: string; count?: number; groups?: number[][]; choices?: Choice[] },
): Finding => ({
  code,
  severity,
  sentence: words.sentence,
  advice: words.advice,
  count: words.count ?? rows.length,
  rows,
  lines: rows.map((row) => examined.rows[row]?.line ?? 0),
  ...(words.groups ? { groups: words.groups } : {}),
  choices: words.choices ?? [],
});

/** "1 row", "1,234 rows". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export const percent = (share: number): string => {
  const value = share * 100;
  return `${value > 0 && value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
};
