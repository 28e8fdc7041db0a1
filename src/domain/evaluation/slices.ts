import { meanMetrics } from "./metrics.ts";
import type { RetrievalEvaluation, TaskColumn } from "./types.ts";
import { bm25Tokens } from "./words.ts";

/** Queries that have something in common. */
export interface Slice {
  /** `length`, `overlap`, or a column of the data set. */
  by: "length" | "overlap" | `column ${string}`;
  name: string;
  /** Indices into the task's queries. */
  queries: number[];
}

/** Fewer queries than this say next to nothing: such slices are folded. */
export const LEAST_QUERIES = 20;

/** Words, from which on a query counts as medium and as long. */
const MEDIUM = 6;
const LONG = 13;
/** Share of a query's words in its answer, from which on the overlap is much. */
const MUCH = 0.5;

/**
 * Slices of the queries by their length in words, and by lexical overlap: the share of a query's distinct words that its right document
 * holds (of several the one that holds most). Without any, a search by words cannot find the answer.
 *
 * @param queries  text and right documents of each query, the documents as their texts
 */
export const slicesOf = (queries: readonly { text: string; answers: readonly string[] }[]): Slice[] => {
  const slices = new Map<string, Slice>(
    [
      { by: "length" as const, name: `up to ${MEDIUM - 1} words` },
      { by: "length" as const, name: `${MEDIUM} to ${LONG - 1} words` },
      { by: "length" as const, name: `${LONG} words or more` },
      { by: "overlap" as const, name: "no word in common" },
      { by: "overlap" as const, name: "less than half of the words" },
      { by: "overlap" as const, name: "half of the words or more" },
    ].map((slice) => [slice.name, { ...slice, queries: [] }]),
  );
  const [short, medium, long, none, some, much] = [...slices.values()] as [Slice, Slice, Slice, Slice, Slice, Slice];
  for (const [query, { text, answers }] of queries.entries()) {
    if (answers.length === 0) continue; // Such a query is not scored.
    const words = bm25Tokens(text);
    (words.length >= LONG ? long : words.length >= MEDIUM ? medium : short).queries.push(query);
    const share = overlapOf(words, answers);
    (share >= MUCH ? much : share > 0 ? some : none).queries.push(query);
  }
  return [...slices.values()];
};

const overlapOf = (words: readonly string[], answers: readonly string[]): number => {
  const asked = new Set(words);
  if (asked.size === 0) return 0;
  return Math.max(
    ...answers.map((answer) => {
      const held = new Set(bm25Tokens(answer));
      return [...asked].filter((word) => held.has(word)).length / asked.size;
    }),
  );
};

/** How slices by a column are called. */
const byColumn = (name: string): Slice["by"] => `column ${name}`;

/** Slices by the values of a column, the largest first; queries without a value stand together at the end. */
export const columnSlices = ({ name, values, of }: TaskColumn): Slice[] => {
  const by = byColumn(name);
  const slices = values.map((value): Slice => ({ by, name: value, queries: [] }));
  const without: Slice = { by, name: "no value", queries: [] };
  of.forEach((value, query) => (slices[value] ?? without).queries.push(query));
  return [...slices.sort((a, b) => b.queries.length - a.queries.length), without].filter(
    ({ queries }) => queries.length > 0,
  );
};

/** An evaluation of some of its queries alone, so that it is compared like a whole one. */
export const evaluationOf = (
  evaluation: RetrievalEvaluation,
  { queries }: Pick<Slice, "queries">,
): RetrievalEvaluation => {
  const wanted = new Set(queries);
  const perQuery = evaluation.perQuery.filter(({ query }) => wanted.has(query));
  return {
    ...evaluation,
    perQuery,
    queries: perQuery.length,
    metrics: meanMetrics(perQuery.map(({ metrics }) => metrics)),
  };
};

/** Said beside slices. */
export const SLICES_NOTE = "Read few of these: of twenty kinds without any difference, one looks different by chance.";
