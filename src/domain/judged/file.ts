import type { JudgedPair } from "./types.ts";

/** Pairs as JSON lines that the studio, and other tools, read as they are. */
export const judgedLines = (pairs: readonly JudgedPair[]): string[] =>
  pairs.map(
    ({ query, positives, negatives, judgedAt, sources }) =>
      `${JSON.stringify({ query, positive: positives, negatives, judged_at: judgedAt, source_ids: sources })}\n`,
  );
