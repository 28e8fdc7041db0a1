import type { PairRow } from "./types.ts";

/** Where a question comes from. A person's own are real; a model's are generated; titles and headings give weak ones. */
export type Origin = "real" | "generated" | "weak";

/** What a verdict was measured on, in the words that every table, card and gate uses. */
export const MEASURED_ON = ["real questions", "generated questions", "weak pairs"] as const;
export type MeasuredOn = (typeof MEASURED_ON)[number];

export const originOf = ({ origin }: Pick<PairRow, "origin">): Origin => origin ?? "real";

/** What a test of these rows is measured on: the least that is among them. */
export const measuredOnOf = (rows: readonly Pick<PairRow, "origin">[]): MeasuredOn => {
  if (rows.some(({ origin }) => origin === "weak")) return "weak pairs";
  return rows.some(({ origin }) => origin === "generated") ? "generated questions" : "real questions";
};

/** A note for a person who reads scores; null where they were measured on real questions. */
export const measuredOnNote = (measuredOn: MeasuredOn | undefined): string | null =>
  measuredOn === undefined || measuredOn === "real questions"
    ? null
    : `Measured on ${measuredOn}: what people ask may turn out otherwise.`;
