import { uniform } from "../random.ts";

/** A row-major matrix. */
export interface Matrix {
  rows: number;
  columns: number;
  data: Float32Array | Float64Array;
}

/** Directions beyond those asked for, which make the found ones exact (Halko, Martinsson and Tropp 2011, §4.2). */
const OVERSAMPLING = 8;
/** Times that the small singular values are pushed back (§4.5 there). */
const POWER_ITERATIONS = 2;

/** The best factors of a matrix: B [rows, rank] with orthonormal columns, A [rank, columns], D ≈ B·A. */
export interface Factors {
  a: Float64Array;
  b: Float64Array;
  /** Singular values that were found, largest first; one a row of A. */
  singular: number[];
}

/**
 * A truncated singular value decomposition by random projection, the same for the same input.
 * @param rank most directions wanted; fewer come where the matrix is smaller
 */
export const factor = (d: Matrix, rank: number): Factors => {
  const width = Math.min(rank + OVERSAMPLING, d.rows, d.columns);
  const random = uniform(1);
  const start = new Float64Array(d.columns * width).map(() => gaussian(random));
  let q = orthonormal(times(d, start, width), d.rows, width);
  for (let i = 0; i < POWER_ITERATIONS; i++) {
    const back = orthonormal(transposedTimes(d, q, width), d.columns, width);
    q = orthonormal(times(d, back, width), d.rows, width);
  }
  const projected = transposedTimes(d, q, width); // [columns, width]: (QᵀD)ᵀ
  const { values, vectors } = eigen(gram(projected, d.columns, width), width);
  const order = [...values.keys()].sort((x, y) => values[y]! - values[x]!).slice(0, Math.min(rank, width));
  const a = new Float64Array(order.length * d.columns);
  const b = new Float64Array(d.rows * order.length);
  order.forEach((column, r) => {
    for (let i = 0; i < d.rows; i++) {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += q[i * width + c]! * vectors[c * width + column]!;
      b[i * order.length + r] = sum;
    }
    for (let j = 0; j < d.columns; j++) {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += projected[j * width + c]! * vectors[c * width + column]!;
      a[r * d.columns + j] = sum;
    }
  });
  return { a, b, singular: order.map((column) => Math.sqrt(Math.max(0, values[column]!))) };
};

/** Box and Muller's. */
const gaussian = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** D·X for X [columns, width]. */
const times = ({ rows, columns, data }: Matrix, x: Float64Array, width: number): Float64Array => {
  const y = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const value = data[i * columns + j]!;
      if (value === 0) continue;
      for (let c = 0; c < width; c++) y[i * width + c]! += value * x[j * width + c]!;
    }
  return y;
};

/** Dᵀ·X for X [rows, width]. */
const transposedTimes = ({ rows, columns, data }: Matrix, x: Float64Array, width: number): Float64Array => {
  const y = new Float64Array(columns * width);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const value = data[i * columns + j]!;
      if (value === 0) continue;
      for (let c = 0; c < width; c++) y[j * width + c]! += value * x[i * width + c]!;
    }
  return y;
};

/** The columns of X [rows, width] made orthonormal (Gram and Schmidt's, each twice); those that depend on others become zero. */
const orthonormal = (x: Float64Array, rows: number, width: number): Float64Array => {
  const dot = (p: number, c: number): number => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += x[i * width + p]! * x[i * width + c]!;
    return sum;
  };
  for (let c = 0; c < width; c++) {
    const before = Math.sqrt(dot(c, c));
    for (let pass = 0; pass < 2; pass++)
      for (let p = 0; p < c; p++) {
        const share = dot(p, c);
        for (let i = 0; i < rows; i++) x[i * width + c]! -= share * x[i * width + p]!;
      }
    const norm = Math.sqrt(dot(c, c));
    const factor = norm > 1e-12 * before && norm > 0 ? 1 / norm : 0;
    for (let i = 0; i < rows; i++) x[i * width + c]! *= factor;
  }
  return x;
};

/** XᵀX for X [rows, width]. */
const gram = (x: Float64Array, rows: number, width: number): Float64Array => {
  const g = new Float64Array(width * width);
  for (let i = 0; i < rows; i++)
    for (let a = 0; a < width; a++) {
      const value = x[i * width + a]!;
      for (let b = 0; b < width; b++) g[a * width + b]! += value * x[i * width + b]!;
    }
  return g;
};

/** Eigenvalues and eigenvectors (as columns) of a symmetric matrix, by Jacobi's rotations. */
const eigen = (m: Float64Array, n: number): { values: number[]; vectors: Float64Array } => {
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  const scale = Math.sqrt(m.reduce((sum, value) => sum + value * value, 0));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += m[p * n + q]! ** 2;
    if (Math.sqrt(off) <= 1e-15 * scale) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(m, vectors, n, p, q);
  }
  return { values: Array.from({ length: n }, (_, i) => m[i * n + i]!), vectors };
};

/** Makes m[p, q] zero (Golub and Van Loan, algorithm 8.4.1). */
const rotate = (m: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void => {
  const apq = m[p * n + q]!;
  if (apq === 0) return;
  const theta = (m[q * n + q]! - m[p * n + p]!) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cos = 1 / Math.hypot(t, 1);
  const sin = t * cos;
  for (let k = 0; k < n; k++) {
    const [a, b] = [m[k * n + p]!, m[k * n + q]!];
    m[k * n + p] = cos * a - sin * b;
    m[k * n + q] = sin * a + cos * b;
  }
  for (let k = 0; k < n; k++) {
    const [a, b] = [m[p * n + k]!, m[q * n + k]!];
    m[p * n + k] = cos * a - sin * b;
    m[q * n + k] = sin * a + cos * b;
    const [x, y] = [vectors[k * n + p]!, vectors[k * n + q]!];
    vectors[k * n + p] = cos * x - sin * y;
    vectors[k * n + q] = sin * x + cos * y;
  }
};
