import type { Comparison } from "../types.ts";
import { detectableChange } from "./detectable.ts";

/** A verdict in one word, as every table has it. */
export const VERDICT_WORDS: Record<Comparison["verdict"], string> = {
  improved: "better",
  regressed: "worse",
  inconclusive: "not decided",
};

/** 0.0312 → "3.1", as in every table beside it. */
const points = (share: number): string => (Math.abs(share) * 100).toFixed(1);
const counted = (share: number): string => `${points(share)} points`;
/** What a test can show is no finer than whole points. */
const wholePoints = (share: number): string =>
  `${(share * 100).toFixed(0)} ${(share * 100).toFixed(0) === "1" ? "point" : "points"}`;
/** 0.0312 → "+3.1". */
export const signed = (share: number): string =>
  Number(points(share)) === 0 ? "0" : `${share < 0 ? "−" : "+"}${points(share)}`;

/** Whether no single query scored otherwise, as far as one can tell from the figures: then nothing is left undecided either. */
export const isUnchanged = ({ delta, interval }: Pick<Comparison, "delta" | "interval">): boolean =>
  Number(points(delta)) === 0 && interval[0] === 0 && interval[1] === 0;

/**
 * Said beside recall@k where every ranking holds all documents among its first k: it is 100 % for any model then, and decides nothing.
 * Null where k is below the number of documents.
 */
export const ceilingNote = (documents: number, k = 10): string | null =>
  documents > k
    ? null
    : `With ${documents} ${documents === 1 ? "document" : "documents"}, every answer is among the first ${k}: recall@${k} is 100 % for any model. Look at recall@1 and NDCG, or search more documents.`;

/** As a sentence begins. */
const begun = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

/** Whose figures are compared, where it is not one run's tuned model with its own baseline. */
export interface VerdictNames {
  model: string;
  reference: string;
}

/**
 * The verdict in one or two sentences without statistical terms. Differences are in points (hundredths). With names it speaks of
 * two systems side by side, because BM25 does not "improve" on a baseline that it never was.
 */
export const verdictSentence = (comparison: Comparison, names?: VerdictNames): string => {
  const { verdict, metric, delta, interval, queries = 0 } = comparison;
  const count = `${queries.toLocaleString("en")} ${queries === 1 ? "query" : "queries"}`;
  const range = `very likely between ${signed(interval[0])} and ${signed(interval[1])}`;
  if (verdict !== "inconclusive") {
    const up = verdict === "improved";
    if (names)
      return `${begun(names.model)} is ${up ? "better" : "worse"} than ${names.reference}: its ${metric} is ${counted(delta)} ${up ? "higher" : "lower"} on ${count}; the true difference is ${range}.`;
    return up
      ? `Improved: ${metric} rose by ${counted(delta)} on ${count}; the true gain is ${range}.`
      : `Worse: ${metric} fell by ${counted(delta)} on ${count}; the true change is ${range}.`;
  }
  const undecided = names ? `Not decided between ${names.model} and ${names.reference}` : "Not decided";
  const none = Number(points(delta)) === 0;
  if (isUnchanged(comparison))
    return names
      ? `No difference: ${names.model} and ${names.reference} have the same ${metric} on each of ${count}.`
      : `No change: ${metric} is the same as before on each of ${count}.`;
  const power = detectableChange(comparison);
  const noun = names ? "difference" : "change";
  const measured = none ? `no ${noun} was measured` : `the measured ${noun} is ${signed(delta)}`;
  return Math.abs(delta) < power
    ? `${undecided}: ${count} can only show a ${noun} of ${wholePoints(power)} or more; ${measured}.`
    : `${undecided}: ${metric} ${names ? "differs" : "changed"} by ${signed(delta)} on ${count}, but a few queries make up most of it, so it may be chance.`;
};
