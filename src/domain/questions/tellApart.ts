import { mulberry32, shuffle } from "../random.ts";
import type { EmbedTexts, WrittenQuestion } from "./types.ts";
import { fitLogistic, logit } from "./logistic.ts";

/** Fewer real questions say nothing about how alike the generated ones are. */
export const LEAST_REAL = 50;
/** As many of a kind are looked at: more make the interval no more useful, and the fit slow. */
const MOST = 500;
const FOLDS = 5;

export interface TellApart {
  /** Chance that a generated question gets a higher score than a real one: 0.5 is a coin, 1 is certainty. */
  auc: number;
  /** 95 % interval by Hanley and McNeil (1982). */
  interval: [number, number];
  real: number;
  generated: number;
}

/**
 * How well a classifier can tell generated questions from real ones: logistic regression on the base's embeddings, scored on folds
 * that it was not fitted on. Each fold has its share of both kinds.
 *
 * @param real  [questions, dim], rows of length 1
 * @param generated  [questions, dim]
 * @returns null with fewer than {@link LEAST_REAL} of either kind
 */
export const tellApart = (real: Float32Array, generated: Float32Array, dim: number, seed = 42): TellApart | null => {
  const rowsOf = (vectors: Float32Array): Float64Array[] => {
    const rows = Array.from({ length: vectors.length / dim }, (_, i) =>
      Float64Array.from(vectors.subarray(i * dim, (i + 1) * dim)),
    );
    return shuffle(rows, mulberry32(seed)).slice(0, MOST);
  };
  const [negatives, positives] = [rowsOf(real), rowsOf(generated)];
  if (Math.min(negatives.length, positives.length) < LEAST_REAL) return null;
  const folds = Array.from({ length: FOLDS }, (_, fold) => {
    const part = (rows: Float64Array[], held: boolean) => rows.filter((_, i) => (i % FOLDS === fold) === held);
    const model = fitLogistic([...part(negatives, false), ...part(positives, false)], part(negatives, false).length);
    const score = (rows: Float64Array[]) => part(rows, true).map((row) => logit(model, row));
    return areaUnderCurve(score(negatives), score(positives));
  });
  // Scores of different fits are not on one scale: the area is taken fold by fold.
  const auc = folds.reduce((sum, area) => sum + area, 0) / FOLDS;
  const half = 1.96 * standardError(auc, positives.length, negatives.length);
  return {
    auc,
    interval: [Math.max(0, auc - half), Math.min(1, auc + half)],
    real: negatives.length,
    generated: positives.length,
  };
};

/** Share of pairs in which the positive has the higher score; ties count half (Mann and Whitney's U). */
export const areaUnderCurve = (negatives: readonly number[], positives: readonly number[]): number => {
  let wins = 0;
  for (const positive of positives)
    for (const negative of negatives) wins += positive > negative ? 1 : positive === negative ? 0.5 : 0;
  return wins / (positives.length * negatives.length);
};

/** Hanley and McNeil, Radiology 143 (1982), equation 2. */
const standardError = (area: number, positives: number, negatives: number): number => {
  const q1 = area / (2 - area);
  const q2 = (2 * area * area) / (1 + area);
  const own = area * (1 - area);
  return Math.sqrt(
    (own + (positives - 1) * (q1 - area * area) + (negatives - 1) * (q2 - area * area)) / (positives * negatives),
  );
};

/** The finding in words, for people. */
export const tellApartSentence = ({ auc, interval, real, generated }: TellApart): string => {
  const figures = `AUC ${auc.toFixed(2)}, 95 % interval ${interval[0].toFixed(2)} to ${interval[1].toFixed(2)}, ${real} real and ${generated} generated`;
  if (auc < 0.65)
    return `Generated questions read much like the real ones: a classifier can hardly tell them apart (${figures}).`;
  if (auc < 0.85)
    return `Generated questions differ from the real ones: a classifier often tells them apart (${figures}). More examples bring them closer.`;
  return `Generated questions are easy to tell from the real ones (${figures}): what is learnt from them may not help with real ones. Give other examples, or another model.`;
};

/** How alike the kept questions are to the real ones; null where there are too few of either. */
export const compareWithReal = async (
  embed: EmbedTexts,
  kept: readonly WrittenQuestion[],
  real: readonly string[],
): Promise<TellApart | null> => {
  if (Math.min(real.length, kept.length) < LEAST_REAL) return null;
  const asked = await embed(real, "query");
  const written = await embed(
    kept.map(({ text }) => text),
    "query",
  );
  return tellApart(asked.vectors, written.vectors, asked.dim);
};
