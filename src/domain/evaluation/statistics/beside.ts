import type { Comparison } from "../types.ts";
import { isUnchanged, signed } from "./verdict.ts";

/**
 * How a model stands to word matching alone: both figures, the difference and its interval.
 *
 * @param comparison  `baseline` is BM25, `tuned` the model
 * @param model  its name within a sentence
 */
export const besideWordsSentence = (comparison: Comparison, model: string): string => {
  const { metric, baseline, tuned, delta, interval, verdict } = comparison;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const figures = `BM25 alone reaches ${percent(baseline)} on ${metric}, ${model} ${percent(tuned)}`;
  if (isUnchanged(comparison)) return `${figures}: the same on each query.`;
  const difference = `${signed(delta)} points, 95 % interval ${signed(interval[0])} to ${signed(interval[1])}`;
  return `${figures} (${difference})${verdict === "inconclusive" ? ": which is better is not decided" : ""}.`;
};
