import type { ScoreRule, ScoreSummary } from "../types.ts";
import { cell } from "./cell.ts";
import type { ColumnProfile } from "./columns.ts";
import type { RawRecord } from "./item.ts";
import { OTHER_SCORE, SCORE } from "./names.ts";

/** Words that stand for a score in label columns. */
const WORDS: Record<string, number> = {
  true: 1,
  yes: 1,
  relevant: 1,
  match: 1,
  positive: 1,
  entailment: 1,
  duplicate: 1,
  correct: 1,
  partial: 0.5,
  partially_relevant: 0.5,
  neutral: 0.5,
  false: 0,
  no: 0,
  irrelevant: 0,
  not_relevant: 0,
  no_match: 0,
  negative: 0,
  contradiction: 0,
  not_duplicate: 0,
  incorrect: 0,
};
const NUMBER = /^[-+]?\d*[.,]?\d+(e[-+]?\d+)?\s*%?$/i;
/** Different values that are counted one by one. */
const FEW_VALUES = 12;

/** A score: a number, a number written out (with a comma too), true or false, or a word for it. Null is none; undefined is something else. */
export const toScore = (value: unknown): number | null | undefined => {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim().toLowerCase();
  if (/^(nan|none|null|n\/a|-)?$/.test(text)) return null;
  if (NUMBER.test(text)) {
    const number = Number.parseFloat(text.replace(",", "."));
    return Number.isFinite(number) ? number : null; // 1e400 is written as a number and is none that can be reckoned with
  }
  return WORDS[text.replace(/[\s-]+/g, "_")];
};

/**
 * The column that says how well pairs match, or null. It has a name that says so, or no name and plausible numbers; a
 * list of scores has to belong to the documents. Of several, one with two values decides.
 */
export const findScore = (
  profiles: readonly ColumnProfile[],
  records: readonly RawRecord[],
  positive: string,
): string | null => {
  const found = profiles.flatMap((profile) => {
    const { column, name, depth } = profile;
    const named = SCORE.test(name) && !OTHER_SCORE.test(name);
    const unnamed = /^(\d+|column \d+)$/.test(column);
    if ((!named && !unnamed) || column === positive) return [];
    if (depth > 0 && isNestedIn(records, column) && !column.startsWith(`${positive}.`)) return [];
    const values = records.flatMap(({ value }) => scoresIn(value, column)).filter((value) => value !== null);
    const scores = values.filter((value) => value !== undefined);
    if (scores.length === 0 || scores.length < 0.9 * values.length) return [];
    return named || looksGraded(scores) ? [{ column, two: isBinary(new Set(scores)) }] : [];
  });
  return (found.find(({ two }) => two) ?? found[0])?.column ?? null;
};

/** Whether the column lies in a list or struct of documents. */
const isNestedIn = (records: readonly RawRecord[], column: string): boolean =>
  records.some(({ value }) => Array.isArray(cell(value as Record<string, unknown>, column)));

const scoresIn = (record: unknown, column: string): (number | null | undefined)[] => {
  if (typeof record !== "object" || record === null) return [];
  const value = cell(record as Record<string, unknown>, column);
  return Array.isArray(value) ? value.map(toScore) : [toScore(value)];
};

/** Fractions, or few values near zero: not a running number. */
const looksGraded = (scores: number[]): boolean => {
  const distinct = new Set(scores).size;
  return (
    scores.every((score) => Math.abs(score) <= 100) &&
    (scores.some((score) => !Number.isInteger(score)) || distinct <= Math.max(2, scores.length / 3))
  );
};

/** 0 and 1, or -1 and 1: a label that says itself what is a match. */
const isBinary = (values: ReadonlySet<number>): boolean =>
  [...values].every((value) => value === 0 || value === 1) ||
  (values.size <= 2 && [...values].every((value) => Math.abs(value) === 1));

/** Gathers what a score column holds over the whole file. */
export class ScoreWatch {
  private readonly values = new Map<number, number>();
  private count = 0;
  private missing = 0;
  private min = Infinity;
  private max = -Infinity;

  constructor(private readonly column: string) {}

  add(value: unknown): void {
    for (const one of Array.isArray(value) ? value : [value]) {
      const score = toScore(one) ?? null;
      if (score === null) this.missing++;
      else this.take(score);
    }
  }

  private take(score: number): void {
    this.count++;
    this.min = Math.min(this.min, score);
    this.max = Math.max(this.max, score);
    if (this.values.size <= FEW_VALUES) this.values.set(score, (this.values.get(score) ?? 0) + 1);
  }

  /** Null when no score was met. */
  summary(): ScoreSummary | null {
    if (this.count === 0) return null;
    const values = [...this.values].sort(([a], [b]) => a - b);
    const { column, count, missing, min, max } = this;
    const few = values.length <= FEW_VALUES ? { values } : {};
    return { column, count, missing, min, max, ...few, suggested: usualThreshold(min, max) };
  }
}

/** The rule that needs no question: labels of two values. */
export const ruleOf = ({ column, values }: ScoreSummary): ScoreRule | null =>
  values && isBinary(new Set(values.map(([value]) => value))) ? { column, min: 1, negativeBelow: 1 } : null;

/** Usual thresholds of the scales in use: cosine, 1 to 5, 0 to 10, per cent; else three fifths of the way. */
const usualThreshold = (min: number, max: number): number => {
  if (max <= 1) return 0.5;
  if (max <= 3) return min < 0 ? 1 : Math.ceil(max / 2);
  if (max <= 5) return 4;
  if (max <= 10) return 7;
  if (max <= 100) return 70;
  return min + 0.6 * (max - min);
};
