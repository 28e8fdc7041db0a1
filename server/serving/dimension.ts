import { StudioError } from "../../src/domain/errors.ts";
import type { ModelIdentity } from "./modelSource.ts";

/** How many components of a model's vectors are wanted: all unless fewer are asked for. @throws StudioError `dimension-too-large` */
export const wantedDimension = (asked: number | undefined, { dimension }: ModelIdentity): number => {
  if (asked === undefined || asked <= dimension) return asked ?? dimension;
  throw new StudioError(
    "dimension-too-large",
    `The model gives vectors of ${dimension} dimensions.`,
    `Ask for at most ${dimension}.`,
  );
};

/** The first components of a unit vector, of length 1 again (Matryoshka). */
export const shortened = (vector: Float32Array, dimension: number): Float32Array => {
  if (dimension >= vector.length) return vector;
  const cut = vector.slice(0, dimension);
  const norm = Math.hypot(...cut);
  return norm > 0 ? cut.map((value) => value / norm) : cut;
};
