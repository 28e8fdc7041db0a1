import { rankChanges, type RankChange } from "../../../domain/evaluation/index.ts";
import { at } from "../../../domain/present.ts";
import type { WholeRun } from "../../../domain/run/types.ts";

const SHOWN = 5;

export interface Suggested extends RankChange {
  text: string;
}

/**
 * Test questions worth asking by hand: first those that only the tuned model answers among the first ten, the clearest first (its answer
 * highest, the baseline's lowest); then others that it answers.
 */
export const suggested = ({
  baseline,
  tuned,
  queries,
}: Pick<WholeRun, "baseline" | "tuned" | "queries">): Suggested[] =>
  baseline && tuned
    ? rankChanges(baseline, tuned)
        .filter(({ after }) => after !== null && after <= 10)
        .sort(
          (a, b) =>
            Number(b.kind === "won") - Number(a.kind === "won") ||
            (a.after ?? 0) - (b.after ?? 0) ||
            b.change - a.change,
        )
        .slice(0, SHOWN)
        .map((change) => ({ ...change, text: at(queries, change.query).text }))
    : [];
