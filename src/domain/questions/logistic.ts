/** Weights and bias of a fitted model, over features from which `mean` was taken. */
export interface Logistic {
  weights: Float64Array;
  bias: number;
  mean: Float64Array;
}

/** Strength of the L2 penalty ½‖w‖², as scikit-learn's C = 1 means it: against the sum of the losses. The bias is free. */
const PENALTY = 1;
/** Norm of the gradient, per row, at which the fit is done. */
const TOLERANCE = 1e-6;
const MOST_STEPS = 2000;

/**
 * L2-regularized logistic regression in float64: the minimum of Σ log(1 + exp(−y·f(x))) + ½‖w‖², by Nesterov's accelerated gradient with
 * restarts. The problem is convex, so the minimum is the only one.
 *
 * @param rows  features, first those of the negative class
 * @param negatives  how many of them are negative
 */
export const fitLogistic = (rows: readonly Float64Array[], negatives: number): Logistic => {
  const dim = rows[0]?.length ?? 0;
  const mean = new Float64Array(dim);
  for (const row of rows) for (let c = 0; c < dim; c++) mean[c] = (mean[c] ?? 0) + (row[c] ?? 0) / rows.length;
  const centred = rows.map((row) => row.map((value, c) => value - (mean[c] ?? 0)));
  // Lipschitz constant of the gradient: a quarter of the largest eigenvalue of XᵀX, bounded by its trace, with the bias as a column of ones.
  const trace = centred.reduce((sum, row) => sum + row.reduce((own, value) => own + value * value, 1), 0);
  const rate = 1 / (trace / 4 + PENALTY);
  let at = new Float64Array(dim + 1);
  let ahead = at;
  let momentum = 1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const gradient = gradientAt(ahead, centred, negatives);
    if (Math.hypot(...gradient) < TOLERANCE * rows.length) break;
    const next = ahead.map((value, c) => value - rate * (gradient[c] ?? 0));
    const turned = gradient.reduce((sum, value, c) => sum + value * ((next[c] ?? 0) - (at[c] ?? 0)), 0) > 0;
    const grown = turned ? 1 : (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const push = turned ? 0 : (momentum - 1) / grown;
    const before = at;
    ahead = next.map((value, c) => value + push * (value - (before[c] ?? 0)));
    [at, momentum] = [next, grown];
  }
  return { weights: ahead.subarray(0, dim), bias: ahead[dim] ?? 0, mean };
};

/** Gradient of loss and penalty; the last entry is the bias'. */
const gradientAt = (at: Float64Array, rows: readonly Float64Array[], negatives: number): Float64Array => {
  const dim = at.length - 1;
  const gradient = Float64Array.from(at, (value) => PENALTY * value);
  gradient[dim] = 0;
  rows.forEach((row, i) => {
    let sum = at[dim] ?? 0;
    for (let c = 0; c < dim; c++) sum += (at[c] ?? 0) * (row[c] ?? 0);
    const error = 1 / (1 + Math.exp(-sum)) - (i < negatives ? 0 : 1);
    for (let c = 0; c < dim; c++) gradient[c] = (gradient[c] ?? 0) + error * (row[c] ?? 0);
    gradient[dim] = (gradient[dim] ?? 0) + error;
  });
  return gradient;
};

/** The model's log-odds that a row is of the positive class. */
export const logit = ({ weights, bias, mean }: Logistic, row: Float64Array): number =>
  row.reduce((sum, value, c) => sum + (value - (mean[c] ?? 0)) * (weights[c] ?? 0), bias);
