/** Rows of numbers. */
export type Rows = readonly (readonly number[])[];

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

/** Logarithm of Σ exp(x), by the largest. */
const logSumExp = (xs: readonly number[]): number => {
  const most = Math.max(...xs);
  return most + Math.log(xs.reduce((sum, x) => sum + Math.exp(x - most), 0));
};

/**
 * The training loss in float64, straight from its formulas:
 *
 * - S = scale·q·dᵀ; MultipleNegativesRankingLoss (Henderson et al. 2017) `mean_i(log Σ_{j not masked} exp S_ij − S_ii)`
 * - distillation (Hinton et al. 2015; FlagEmbedding's `kl_div`, less the teacher's entropy): `weight · mean_i Σ_{g in G_i} p_ig (log p_ig − log q_ig)`
 *   with `q_i = softmax(S_ig, g in G_i)`; G_i are the documents with `teacher ≥ 0`
 * - dS_ij = (softmax_masked(S)_ij − [i = j]) / n + weight·(q_ij − p_ij) / n on G_i; dq = scale·dS·d, dd = scale·dSᵀ·q
 */
export const rankingLoss64 = (
  queries: Rows,
  documents: Rows,
  scale: number,
  { mask, teacher, weight = 0 }: { mask?: Rows; teacher?: Rows; weight?: number } = {},
): { loss: number; dQueries: number[][]; dDocuments: number[][] } => {
  const n = queries.length;
  let loss = 0;
  const dS = queries.map((q, i) => {
    const s = documents.map((d) => scale * dot(q, d));
    const open = s.map((_, j) => !mask?.[i]?.[j]);
    const whole = logSumExp(s.filter((_, j) => open[j]));
    loss += (whole - (s[i] ?? NaN)) / n;
    const slope = s.map((x, j) => ((open[j] ? Math.exp(x - whole) : 0) - (i === j ? 1 : 0)) / n);
    const p = s.map((_, j) => teacher?.[i]?.[j] ?? -1);
    if (p.every((x) => x < 0)) return slope;
    const mass = logSumExp(s.filter((_, j) => (p[j] ?? -1) >= 0));
    return slope.map((x, j) => {
      const [share, logQ] = [p[j] ?? -1, (s[j] ?? NaN) - mass];
      if (share < 0) return x;
      if (share > 0) loss += (weight * share * (Math.log(share) - logQ)) / n;
      return x + (weight * (Math.exp(logQ) - share)) / n;
    });
  });
  const sum = (rows: Rows, factor: (row: number) => number): number[] =>
    (rows[0] ?? []).map((_, k) => scale * rows.reduce((total, row, i) => total + factor(i) * (row[k] ?? 0), 0));
  return {
    loss,
    dQueries: dS.map((row) => sum(documents, (j) => row[j] ?? 0)),
    dDocuments: documents.map((_, j) => sum(queries, (i) => dS[i]?.[j] ?? 0)),
  };
};
