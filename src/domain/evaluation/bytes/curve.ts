import Papa from "papaparse";
import { byteSize } from "../../byteSize.ts";
import { HEADLINE_METRIC } from "../metrics.ts";
import { bootstrapInterval } from "../statistics/bootstrap.ts";
import type { RetrievalEvaluation } from "../types.ts";
import { bytesBeside, bytesOf, RESCORED, type VectorForm } from "./forms.ts";

/** What one form of the embeddings costs and finds. */
export interface ByteRow {
  form: VectorForm;
  dim: number;
  /** Bytes a passage that a search compares, and bytes kept beside them. */
  bytes: number;
  beside: number;
  /** recall@10 with its 95 % interval. */
  recall: number;
  interval: [number, number];
  /** Against float32 with all dimensions, paired by question; null for that form itself. */
  delta: number | null;
  deltaInterval: [number, number] | null;
}

/** One model's embeddings in every form, from one pass; the forms of each dimension together, the longest first. */
export interface ByteCurve {
  rows: ByteRow[];
  queries: number;
  corpus: number;
}

/** An evaluation of one form. */
export interface FormScore {
  form: VectorForm;
  dim: number;
  evaluation: RetrievalEvaluation;
}

/** Judges evaluations of one task, the first of which all are compared with; intervals as everywhere (clustered bootstrap). */
export const byteCurve = (scores: readonly [FormScore, ...FormScore[]]): ByteCurve => {
  const [{ evaluation: full }] = scores;
  const clusters = full.perQuery.map(({ query, component }) => component ?? -1 - query);
  const values = ({ perQuery }: RetrievalEvaluation) => perQuery.map(({ metrics }) => metrics[HEADLINE_METRIC]);
  const whole = values(full);
  const interval = (differences: readonly number[]) => bootstrapInterval(differences, { seed: 42, clusters });
  return {
    queries: full.queries,
    corpus: full.corpus,
    rows: scores.map(({ form, dim, evaluation }) => {
      const own = values(evaluation);
      const [recall, itself] = [evaluation.metrics[HEADLINE_METRIC], evaluation === full];
      return {
        form,
        dim,
        bytes: bytesOf(form, dim),
        beside: bytesBeside(form, dim),
        recall,
        interval: interval(own),
        delta: itself ? null : recall - full.metrics[HEADLINE_METRIC],
        deltaInterval: itself ? null : interval(own.map((value, i) => value - (whole[i] ?? 0))),
      };
    }),
  };
};

/** What fewer bytes may cost on recall@10 and still be worth it. */
const TOLERATED = 0.02;

const share = (value: number): string => `${(value * 100).toFixed(1)} %`;
const points = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value * 100).toFixed(1)}`;

/** The smallest form that lost next to nothing, and how sure that is. */
export const byteAdvice = ({ rows }: ByteCurve): string => {
  const full = rows[0];
  if (!full) return "";
  const worth = rows.filter(({ delta }) => delta === null || delta >= -TOLERATED);
  const least = worth.reduce((best, row) => (row.bytes < best.bytes ? row : best), full);
  if (least.deltaInterval === null) return "Every smaller form loses more than 2 points of recall@10.";
  const [low, high] = least.deltaInterval;
  return (
    `${capitalized(least.form)} with ${least.dim} dimensions takes ${least.bytes} bytes a passage in place of ${full.bytes} and reaches ` +
    `${share(least.recall)} (float32: ${share(full.recall)}); the true change is very likely between ${points(low)} and ${points(high)} points.`
  );
};

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What a million passages take: what a search compares, and what is kept beside it. */
export const millionPassages = ({ bytes, beside }: Pick<ByteRow, "bytes" | "beside">): string =>
  byteSize(bytes * 1e6) + (beside > 0 ? ` + ${byteSize(beside * 1e6)} on disk` : "");

/** Said beside the figures: what a store has to offer for them, and where they flatter. */
export const byteNotes = ({ corpus }: ByteCurve): string[] => [
  "Bytes are those of the numbers alone: an index adds its graph. This studio's store keeps float32, float16 and binary (VECTOR_TYPE); pgvector has no int8, which other stores do.",
  `Binary compares signs, then puts its first ${RESCORED} in order by float16, which is kept beside, on disk.${
    corpus <= 10 * RESCORED
      ? ` With ${corpus.toLocaleString("en")} documents those are ${corpus <= RESCORED ? "all of them" : "a large part of them"}, so it looks better here than it will among many.`
      : ""
  }`,
];

/** The table for other tools. */
export const byteCurveCsv = ({ rows }: ByteCurve): string =>
  `${Papa.unparse(
    rows.map(({ form, dim, bytes, beside, recall, interval, delta, deltaInterval }) => ({
      form,
      dimensions: dim,
      bytes_a_passage: bytes,
      bytes_beside: beside,
      bytes_of_1m_passages: bytes * 1_000_000,
      [HEADLINE_METRIC]: recall,
      interval_low: interval[0],
      interval_high: interval[1],
      delta,
      delta_low: deltaInterval?.[0] ?? null,
      delta_high: deltaInterval?.[1] ?? null,
    })),
    { newline: "\n" },
  )}\n`;
