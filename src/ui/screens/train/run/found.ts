import { isUnchanged, rankChanges } from "../../../../domain/evaluation/index.ts";
import type { Comparison, RetrievalEvaluation, TaskQuery } from "../../../../domain/evaluation/types.ts";
import { counted, percent, points, whole } from "../../../components/format.ts";

const FIRST = 10;
const NAMED = 3;

/** What training did to the questions of the test: how many now find their answer among the first ten, and which. */
export interface Found {
  sentence: string;
  /** Up to three questions that gained their answer, the largest climbs first. */
  named: { text: string; before: number | null; after: number }[];
}

const within = (rank: number | null): boolean => rank !== null && rank <= FIRST;

/** Both evaluations are of the same test; `queries` are its questions. */
export const found = (
  baseline: RetrievalEvaluation,
  tuned: RetrievalEvaluation,
  queries: readonly TaskQuery[],
): Found => {
  const changes = rankChanges(baseline, tuned);
  const won = changes.filter(({ before, after }) => !within(before) && within(after));
  const lost = changes.filter(({ before, after }) => within(before) && !within(after)).length;
  const net = won.length - lost;
  const of = counted(changes.length, "test question");
  const detail = lost === 0 ? "" : ` ${whole(won.length)} gained it, ${whole(lost)} lost it.`;
  const sentence =
    net > 0
      ? `${whole(net)} more of ${of} now ${net === 1 ? "finds its" : "find their"} answer among the first ten.${detail}`
      : net < 0
        ? `${whole(-net)} fewer of ${of} ${net === -1 ? "finds its" : "find their"} answer among the first ten.${detail}`
        : `The number of questions that find their answer among the first ten did not change (${of}).${detail}`;
  return {
    sentence,
    named: won
      .sort((a, b) => (a.after ?? FIRST) - (b.after ?? FIRST) || b.change - a.change)
      .slice(0, NAMED)
      .flatMap(({ query, before, after }) => {
        const text = queries[query]?.text;
        return text === undefined || after === null ? [] : [{ text, before, after }];
      }),
  };
};

/**
 * Whether the tuned model beats matching words, said either way or left open, as the paired difference has it.
 *
 * @param comparison  of recall@10: `baseline` is BM25, `tuned` the model
 */
export const againstBm25 = (comparison: Comparison): string => {
  const { baseline: lexical, tuned: own, interval, verdict } = comparison;
  const against = (first: number, second: number) => `${percent(first)} against ${percent(second)} recall@10`;
  if (isUnchanged(comparison)) return `It finds as much as BM25, which only matches words: ${against(own, lexical)}.`;
  if (verdict === "inconclusive")
    return `Whether it finds more than BM25, which only matches words, is not decided: ${against(own, lexical)}; the true difference is very likely between ${points(interval[0])} and ${points(interval[1])} points.`;
  return verdict === "improved"
    ? `It finds more than BM25, which only matches words: ${against(own, lexical)}.`
    : `BM25, which only matches words, still finds more: ${against(lexical, own)}. More pairs or a larger base may change that.`;
};
