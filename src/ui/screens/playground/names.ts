import type { SearchedModel } from "../../../domain/api/index.ts";

/** A side of the search for people. */
export const nameOf = (model: SearchedModel): string =>
  model === "baseline" ? "Baseline" : model === "production" ? "In production" : "Candidate";
