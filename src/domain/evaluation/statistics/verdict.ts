import type { Comparison } from "../types.ts";

/** 0.0312 → "3.1"; whole points from 10 on. */
const points = (share: number): string => {
  const value = Math.abs(share) * 100;
  return value >= 9.95 ? value.toFixed(0) : String(Number(value.toFixed(1)));
};
const counted = (share: number): string => `${points(share)} ${points(share) === "1" ? "point" : "points"}`;
const signed = (share: number): string =>
  Number(points(share)) === 0 ? "0" : `${share < 0 ? "−" : "+"}${points(share)}`;

/** The verdict in one or two sentences without statistical terms. Differences are in points (hundredths). */
export const verdictSentence = (comparison: Comparison): string => {
  const { verdict, metric, delta, interval, minimumDetectableEffect, queries = 0 } = comparison;
  const count = `${queries.toLocaleString("en")} ${queries === 1 ? "query" : "queries"}`;
  const range = `between ${signed(interval[0])} and ${signed(interval[1])}`;
  if (verdict === "improved")
    return `Improved: ${metric} rose by ${counted(delta)} on ${count}; the true gain is very likely ${range}.`;
  if (verdict === "regressed")
    return `Worse: ${metric} fell by ${counted(delta)} on ${count}; the true change is very likely ${range}.`;
  const change = Number(points(delta)) === 0 ? "this one is none" : `this one is ${signed(delta)}`;
  const able = `${count} can show a change of ${counted(minimumDetectableEffect)} or more; ${change}.`;
  return Math.abs(delta) < minimumDetectableEffect
    ? `Not decided: ${able}`
    : `Not decided: ${metric} changed by ${signed(delta)} on ${count}, but a few queries make up most of it, so it may be chance.`;
};
