import type { ColumnDoubt, Dialect } from "./types.ts";

/** What the person still has to say about the columns. Confirming them settles all but the score, which needs a threshold. */
export const openDoubts = (dialect: Pick<Dialect, "guessed" | "doubts">, confirmed = false): ColumnDoubt[] =>
  (dialect.doubts ?? (dialect.guessed ? (["names"] as const) : [])).filter((doubt) => doubt === "score" || !confirmed);
