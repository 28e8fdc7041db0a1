import { bootstrapInterval, HEADLINE_METRIC, LEAST_QUERIES, slicesOf } from "../evaluation/index.ts";
import type { RetrievalTask } from "../evaluation/types.ts";
import { at } from "../present.ts";
import type { EvaluationRecord, TestKind } from "./evaluationRecord.ts";

/** What an artifact keeps of a test's texts: the component of each query, and the kinds of queries that are large enough to say something. */
export const testFacts = ({
  queries,
  corpus,
}: Pick<RetrievalTask, "queries" | "corpus">): { components: number[]; kinds: TestKind[] } => ({
  components: queries.map(({ component }) => component),
  kinds: slicesOf(
    queries.map(({ text, relevant }) => ({ text, answers: relevant.map((place) => at(corpus, place)) })),
  ).flatMap(({ name, queries: places }) => (places.length >= LEAST_QUERIES ? [{ name, queries: places }] : [])),
});

/** The change of recall@10 on a kind of queries. */
export interface KindChange {
  name: string;
  queries: number;
  delta: number;
  /** Paired bootstrap 95 % interval, clustered. */
  interval: [number, number];
}

export const kindChanges = ({
  kinds = [],
  baseline,
  tuned,
  components,
}: Pick<EvaluationRecord, "kinds" | "baseline" | "tuned" | "components">): KindChange[] => {
  const [before = [], after = []] = [baseline[HEADLINE_METRIC], tuned[HEADLINE_METRIC]];
  return kinds.map(({ name, queries }) => {
    const differences = queries.map((query) => at(after, query) - at(before, query));
    return {
      name,
      queries: queries.length,
      delta: differences.reduce((sum, difference) => sum + difference, 0) / differences.length,
      interval: bootstrapInterval(differences, {
        seed: 42,
        ...(components.length > 0 && { clusters: queries.map((query) => at(components, query)) }),
      }),
    };
  });
};
