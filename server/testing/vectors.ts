import { uniform } from "../../src/domain/random.ts";
import { at } from "../../src/domain/present.ts";

/** Scalar product of two vectors, or of their first `dimension` components; of unit vectors the cosine. */
export const dot = (a: ArrayLike<number>, b: ArrayLike<number>, dimension = a.length): number => {
  let sum = 0;
  for (let i = 0; i < dimension; i += 1) sum += at(a, i) * at(b, i);
  return sum;
};

/** Draws unit vectors, the same ones every time. */
export const unitVectors = (seed = 1): ((dimension: number) => Float32Array) => {
  const next = uniform(seed);
  return (dimension) => {
    const values = Float32Array.from({ length: dimension }, () => next() * 2 - 1);
    const norm = Math.hypot(...values);
    return values.map((value) => value / norm);
  };
};
