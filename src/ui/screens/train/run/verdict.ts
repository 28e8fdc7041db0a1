import type { Comparison } from "../../../../domain/evaluation/types.ts";
import { percent, points } from "../../../components/format.ts";

/** The verdict for people who do no statistics. */
export const verdictSentence = (comparison: Comparison, queries: number): string => {
  const { metric, baseline, tuned, delta, interval, minimumDetectableEffect, verdict } = comparison;
  const change = `${metric[0]!.toUpperCase()}${metric.slice(1)} went from ${percent(baseline)} to ${percent(tuned)}`;
  const range = `the true change lies between ${points(interval[0])} and ${points(interval[1])} points with 95 % confidence`;
  if (verdict === "improved") return `Tuning helped: ${change}; ${range}.`;
  if (verdict === "regressed") return `Tuning did harm: ${change}; ${range}.`;
  return (
    `Not decided: ${change}. ${queries} queries can show a change of ${points(minimumDetectableEffect).replace("+", "")} ` +
    `points or more; this one is ${points(Math.abs(delta)).replace("+", "")}, and ${range}.`
  );
};
