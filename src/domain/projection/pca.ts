/**
 * The two directions of greatest variance of row-major [n, dim] data, by power iteration with deflation on the centred
 * data (no covariance matrix is formed), and the rows' places along them: row-major [n, 2]. Deterministic. Signs are fixed by
 * making each direction's largest component positive. Fewer than two rows, or no variance, give zeros.
 */
export const pca2 = (data: Float32Array, dim: number, iterations = 60): Float32Array => {
  const rows = dim > 0 ? data.length / dim : 0;
  const result = new Float32Array(rows * 2);
  if (rows < 2) return result;
  const mean = new Float64Array(dim);
  for (let row = 0; row < rows; row++) for (let i = 0; i < dim; i++) mean[i]! += data[row * dim + i]! / rows;
  const first = direction(data, dim, mean, null, iterations);
  const second = direction(data, dim, mean, first, iterations);
  [first, second].forEach((axis, column) => {
    for (let row = 0; row < rows; row++) result[row * 2 + column] = place(data, row, dim, mean, axis);
  });
  return result;
};

const place = (data: Float32Array, row: number, dim: number, mean: Float64Array, axis: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < dim; i++) sum += (data[row * dim + i]! - mean[i]!) * axis[i]!;
  return sum;
};

const direction = (
  data: Float32Array,
  dim: number,
  mean: Float64Array,
  before: Float64Array | null,
  iterations: number,
) => {
  // A fixed start without symmetry, so that it is orthogonal to no data by construction.
  let axis = normalized(
    Float64Array.from({ length: dim }, (_, i) => Math.sin(i * 12.9898 + (before ? 4.1414 : 1.7)) + 0.01),
  );
  for (let round = 0; round < iterations; round++) {
    const next = new Float64Array(dim);
    if (before) remove(axis, before);
    for (let row = 0; row < data.length / dim; row++) {
      const weight = place(data, row, dim, mean, axis);
      for (let i = 0; i < dim; i++) next[i]! += weight * (data[row * dim + i]! - mean[i]!);
    }
    if (before) remove(next, before);
    axis = normalized(next);
  }
  let largest = 0;
  for (const value of axis) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? axis.map((value) => -value) : axis;
};

const remove = (axis: Float64Array, other: Float64Array): void => {
  let along = 0;
  for (let i = 0; i < axis.length; i++) along += axis[i]! * other[i]!;
  for (let i = 0; i < axis.length; i++) axis[i]! -= along * other[i]!;
};

const normalized = (axis: Float64Array): Float64Array => {
  const norm = Math.hypot(...axis);
  return norm > 1e-12 ? axis.map((value) => value / norm) : axis.fill(0);
};
