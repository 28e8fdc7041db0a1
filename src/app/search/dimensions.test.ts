import { expect, test } from "vitest";
import { searchDimensions } from "./dimensions.ts";

test("a search offers the dimensions of the models it asks, not of a collection that is left over", () => {
  const left = { model: null, version: null, dimension: 128 };
  const production = { model: "production" as const, version: "v1-89f4679e", dimension: 256 };
  const baseline = { model: "baseline" as const, version: null, dimension: 256 };
  const collections = [left, production, baseline];
  expect(searchDimensions({ collections }, null)).toEqual({ all: 256, shorter: [128, 64, 32] });
  const candidate = { model: null, version: "v2-ba57ea2b", dimension: 128 };
  expect(searchDimensions({ collections: [...collections, candidate] }, null).all).toBe(256);
  expect(searchDimensions({ collections: [...collections, candidate] }, candidate.version)).toEqual({
    all: null,
    shorter: [64, 32, 16],
  });
  expect(searchDimensions({ collections: [left] }, null)).toEqual({ all: null, shorter: [] });
});
