import type { Comparison } from "../types.ts";
import { signed } from "./verdict.ts";

/**
 * Whether mixing words into the search helps or hurts the tuned model: hybrid search with it against the model alone. Null where no query
 * scored otherwise.
 *
 * @param comparison  `baseline` is the tuned model alone, `tuned` hybrid search with it
 */
export const mixingSentence = ({ metric, baseline, tuned, delta, interval, verdict }: Comparison): string | null => {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  if (delta === 0 && interval[0] === 0 && interval[1] === 0) return null;
  const figures = `${metric} ${percent(baseline)} with the tuned model alone, ${percent(tuned)} with hybrid search (${signed(delta)} points, 95 % interval ${signed(interval[0])} to ${signed(interval[1])})`;
  if (verdict === "regressed") return `Mixing words in costs here: ${figures}. Search by vectors alone.`;
  if (verdict === "improved") return `Mixing words in helps here: ${figures}. Search by both.`;
  return `Whether mixing words in helps or costs is not decided: ${figures}.`;
};
