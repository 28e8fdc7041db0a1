import { expect, test } from "vitest";
import { diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { readReference, smallestCosine, writeReference } from "./index.ts";
import { sampleInput } from "./sample.ts";

test("reference embeddings come back; the smallest cosine sees one bad row and never hides a NaN", async () => {
  const { reference } = await sampleInput(diskModel(tinyBase));
  expect(readReference(writeReference(reference))).toEqual(reference);
  const a = Float32Array.of(1, 0, 0, 1);
  expect(smallestCosine(a, Float32Array.of(2, 0, 0, 1), 2)).toBe(1);
  expect(smallestCosine(a, Float32Array.of(1, 0, 1, 0), 2)).toBe(0);
  expect(smallestCosine(a, Float32Array.of(NaN, 0, 0, 1), 2)).toBeNaN();
});
