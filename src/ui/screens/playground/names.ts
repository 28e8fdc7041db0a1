import type { SearchedModel } from "../../../domain/api/index.ts";

/** A side of the search for people. */
export const nameOf = (model: SearchedModel): string =>
  model === "baseline" ? "Baseline" : model === "production" ? "In production" : "Candidate";

/** Documents without a name go by the hash of their text; its beginning tells them apart. */
export const shortened = (label: string): string =>
  label.replace(/\b[0-9a-f]{40,64}\b/g, (hash) => `document ${hash.slice(0, 8)}`);
