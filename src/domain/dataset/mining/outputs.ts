import { at } from "../../present.ts";
import { normalizeText } from "../../text/index.ts";
import type { PairRow } from "../types.ts";
import type { MinedQuery, Scored } from "./mine.ts";
import type { MiningPlan } from "./plan.ts";

/** Texts of one mined example and the cosines of positive and negatives with the query. */
export interface MinedExample {
  query: string;
  positive: string;
  negatives: string[];
  scores: number[];
}

/** One example per (query, positive) with all its negatives; only queries that have the full number of them. */
export const toNTuples = (plan: MiningPlan, mined: readonly MinedQuery[], numNegatives: number): MinedExample[] =>
  mined
    .filter(({ negatives }) => negatives.length >= numNegatives)
    .flatMap(({ query, positives, negatives }) =>
      positives.map((positive) => ({
        query: at(plan.queries, query),
        positive: at(plan.documents, positive.document),
        negatives: negatives.map(({ document }) => at(plan.documents, document)),
        scores: [positive.score, ...negatives.map(({ score }) => score)],
      })),
    );

/** One example per (query, positive, negative), for every negative that was found. */
export const toTriplets = (plan: MiningPlan, mined: readonly MinedQuery[]): MinedExample[] =>
  mined.flatMap(({ query, positives, negatives }) =>
    positives.flatMap((positive) =>
      negatives.map((negative) => ({
        query: at(plan.queries, query),
        positive: at(plan.documents, positive.document),
        negatives: [at(plan.documents, negative.document)],
        scores: [positive.score, negative.score],
      })),
    ),
  );

/** What the person said about a suspected false negative. */
export interface SuspectDecision {
  /** Index into the plan's queries and documents. */
  query: number;
  document: number;
  /** `relevant`: it is a right answer and becomes a positive. `negative`: it is wrong and becomes a negative. */
  verdict: "relevant" | "negative";
}

/** Rows with mined negatives added, and with the decided suspects. Undecided suspects are neither. */
export const withMinedNegatives = (
  rows: readonly PairRow[],
  plan: MiningPlan,
  mined: readonly { negatives: readonly Pick<Scored, "document">[] }[],
  decisions: readonly SuspectDecision[] = [],
): PairRow[] => {
  const queryOf = new Map(plan.queries.map((text, i) => [normalizeText(text), i]));
  return rows.map((row) => {
    const query = queryOf.get(normalizeText(row.query)) ?? -1;
    const decided = (verdict: SuspectDecision["verdict"]): string[] =>
      decisions
        .filter((decision) => decision.query === query && decision.verdict === verdict)
        .map(({ document }) => at(plan.documents, document));
    const positives = distinct([...row.positives, ...decided("relevant")]);
    const right = new Set(positives.map(normalizeText));
    const found = mined[query]?.negatives.map(({ document }) => at(plan.documents, document)) ?? [];
    const negatives = distinct([...row.negatives, ...found, ...decided("negative")]).filter(
      (text) => !right.has(normalizeText(text)),
    );
    return { ...row, positives, negatives, ...teacherOf(row, positives, negatives) };
  });
};

/** A teacher's scores by text, since texts were added, joined and left out. */
const teacherOf = (
  row: PairRow,
  positives: readonly string[],
  negatives: readonly string[],
): Pick<PairRow, "teacher"> => {
  const { teacher } = row;
  if (!teacher) return {};
  const scores = new Map<string, number | null>(
    (["negatives", "positives"] as const).flatMap((side) =>
      row[side].map((text, i): [string, number | null] => [normalizeText(text), teacher[side][i] ?? null]),
    ),
  );
  const of = (texts: readonly string[]) => texts.map((text) => scores.get(normalizeText(text)) ?? null);
  return { teacher: { positives: of(positives), negatives: of(negatives) } };
};

const distinct = (texts: string[]): string[] => [...new Map(texts.map((text) => [normalizeText(text), text])).values()];
