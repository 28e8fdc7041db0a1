import { at } from "../../domain/present.ts";
import type { FalseNegativeRule } from "../../domain/training/types.ts";
import type { EmbeddingMatrix } from "../embed/embedder.ts";
import { cells, teacherScores, type BatchLayout } from "./batchLayout.ts";

/** Embeddings of all sequences by the model that guides, row-major and of length 1. */
export type Guide = Pick<EmbeddingMatrix, "data" | "dim">;

/**
 * Which documents of a batch seem to answer a query about as well as its own positive does: 1 where that is so, never for the
 * positive itself. `[queries, documents]`
 *
 * Guided in-batch sampling (GISTEmbed, Solatorio 2024) in the two forms of sentence-transformers' CachedGISTEmbedLoss: document j is
 * left out for query i where `g_ij > g_ii − margin` (absolute) or `g_ij > g_ii − |g_ii|·margin` (relative). `g` is the teacher's score where
 * the row has one for the document and for its positive, else the guide's cosine.
 */
export const marginMask = (
  layout: BatchLayout,
  guide: Guide,
  { marginStrategy, margin }: FalseNegativeRule,
): Float32Array => {
  const threshold = (positive: number): number =>
    positive - (marginStrategy === "absolute" ? margin : Math.abs(positive) * margin);
  const judged = layout.rows.map(({ query, positive }, i) => {
    const [own = null, ...others] = teacherScores(layout, i);
    const scores = new Map<number, number>();
    if (own !== null) others.forEach((score, k) => score !== null && scores.set(at(at(layout.own, i), k + 1), score));
    return {
      scores,
      byTeacher: threshold(own ?? 0),
      byGuide: threshold(cosine(guide, query, positive)),
    };
  });
  return cells(layout, (i, j) => {
    if (i === j) return 0;
    const { scores, byTeacher, byGuide } = at(judged, i);
    const score = scores.get(j);
    if (score !== undefined) return score > byTeacher ? 1 : 0;
    return cosine(guide, at(layout.rows, i).query, at(layout.documents, j)) > byGuide ? 1 : 0;
  });
};

const cosine = ({ data, dim }: Guide, a: number, b: number): number => {
  let sum = 0;
  for (let i = 0; i < dim; i++) sum += (data[a * dim + i] as number) * (data[b * dim + i] as number);
  return sum;
};
