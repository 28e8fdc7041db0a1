import { at } from "../../present.ts";
import type { PairRow } from "../types.ts";
import type { MinedQuery } from "./mine.ts";
import { withMinedNegatives } from "./outputs.ts";
import type { MiningPlan } from "./plan.ts";

/** A document that the margin set aside: so close to the right one that it may be right itself. */
export interface Suspect {
  /** Indices into the plan. */
  query: number;
  document: number;
  texts: { query: string; document: string; right: string };
  /** Cosine with the query, and that of the lowest right document. */
  score: number;
  rightScore: number;
  /** `relevant`: it becomes a right document. `negative`: it becomes a wrong one. Null: neither. */
  verdict: "relevant" | "negative" | null;
}

/** With what was mined. */
export interface MiningSettings {
  base: string;
  /** The task sentence; empty is the base's own. */
  instruction: string;
  numNegatives: number;
  relativeMargin: number;
}

/** What a mining found, as it is kept beside the rows. Indices are those of the plan over the same rows and split. */
export interface MinedLabels {
  splitHash: string;
  made: MiningSettings;
  negatives: { query: number; documents: number[] }[];
  /** The closest to their query first. */
  suspects: Suspect[];
  /** Queries that were looked at, and suspects in all; those beyond {@link MAX_SUSPECTS} stay neither right nor wrong. */
  queries: number;
  suspected: number;
}

/** More than a person decides about one by one. */
const MAX_SUSPECTS = 500;

/** Keeps of a mining what training and the person need. */
export const minedLabels = (
  plan: MiningPlan,
  mined: readonly MinedQuery[],
  splitHash: string,
  made: MiningSettings,
): MinedLabels => {
  const suspects = mined.flatMap(({ query, suspected, positives, lowestPositiveScore }) => {
    const right = positives.find(({ score }) => score === lowestPositiveScore)?.document;
    return suspected.map(({ document, score }): Suspect => ({
      query,
      document,
      texts: {
        query: at(plan.queries, query),
        document: at(plan.documents, document),
        right: right === undefined ? "" : at(plan.documents, right),
      },
      score,
      rightScore: lowestPositiveScore,
      verdict: null,
    }));
  });
  return {
    splitHash,
    made,
    negatives: mined.flatMap(({ query, negatives }) =>
      negatives.length > 0 ? [{ query, documents: negatives.map(({ document }) => document) }] : [],
    ),
    suspects: suspects.sort((a, b) => b.score - a.score).slice(0, MAX_SUSPECTS),
    queries: plan.queries.length,
    suspected: suspects.length,
  };
};

/** Rows with the mined negatives and the decided suspects. `plan` is that of the same rows and split. */
export const withMinedLabels = (rows: readonly PairRow[], plan: MiningPlan, labels: MinedLabels): PairRow[] => {
  const negatives = new Map(labels.negatives.map(({ query, documents }) => [query, documents]));
  const mined = plan.queries.map((_, query) => ({
    negatives: (negatives.get(query) ?? []).map((document) => ({ document })),
  }));
  const decisions = labels.suspects.flatMap(({ query, document, verdict }) =>
    verdict === null ? [] : [{ query, document, verdict }],
  );
  return withMinedNegatives(rows, plan, mined, decisions);
};
