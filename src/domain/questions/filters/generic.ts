import { rejected, type Verdict } from "./verdict.ts";

/** Fewer questions have no spread to compare with. */
const LEAST_QUESTIONS = 20;

/**
 * Questions that are near everything: their mean cosine to all documents stands out from the other questions', by the modified
 * z-score 0.6745 (x − median) / MAD of Iglewicz and Hoaglin (1993).
 *
 * @param queries  [questions, dim], rows of length 1
 * @param documents  [documents, dim], rows of length 1
 */
export const generic = (
  queries: Float32Array,
  documents: Float32Array,
  dim: number,
  deviations: number,
): (Verdict | null)[] => {
  const count = queries.length / dim;
  const mean = new Float64Array(dim);
  for (let i = 0; i < documents.length; i++) mean[i % dim] = (mean[i % dim] ?? 0) + (documents[i] ?? 0);
  const cosines = Array.from({ length: count }, (_, q) => {
    let sum = 0;
    for (let c = 0; c < dim; c++) sum += (queries[q * dim + c] ?? 0) * (mean[c] ?? 0);
    return (sum * dim) / Math.max(1, documents.length);
  });
  const centre = median(cosines);
  const spread = median(cosines.map((cosine) => Math.abs(cosine - centre)));
  return cosines.map((cosine) => {
    const score = spread > 0 ? (0.6745 * (cosine - centre)) / spread : 0;
    return count >= LEAST_QUESTIONS && score > deviations
      ? rejected("It is near every passage, and asks for none in particular.", score)
      : null;
  });
};

const median = (values: readonly number[]): number => {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
};
