import type { RejectedQuestion } from "../types.ts";

/** What a filter says about a question it rejects. Null lets the question pass. */
export type Verdict = Pick<RejectedQuestion, "value" | "reason"> & { found?: RejectedQuestion["found"] };

export const rejected = (
  reason: string,
  value: number | null = null,
  found: RejectedQuestion["found"] = [],
): Verdict => ({
  reason,
  value,
  found,
});
