import { expect, test } from "vitest";
import { at } from "../present.ts";
import { pca2 } from "./pca.ts";
import { umap2 } from "./umap.ts";

/** Points along known axes with known spreads, and a little of everything else. */
const cloud = (rows: number, dim: number) => {
  const data = new Float32Array(rows * dim);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < dim; i++)
      data[row * dim + i] = Math.sin(row * (i + 3) * 1.37) * (i === 2 ? 5 : i === 4 ? 2 : 0.1) + 7;
  return data;
};
const variance = (places: Float32Array, column: number) => {
  const values = Array.from({ length: places.length / 2 }, (_, row) => at(places, row * 2 + column));
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
};

test("PCA finds the directions of greatest variance, in order, the same each time", () => {
  const data = cloud(300, 8);
  const places = pca2(data, 8);
  const column = (i: number) => Array.from({ length: 300 }, (_, row) => at(data, row * 8 + i) - 7);
  const correlation = (axis: number, i: number) => {
    const [a, b] = [Array.from({ length: 300 }, (_, row) => at(places, row * 2 + axis)), column(i)];
    const dot = a.reduce((sum, value, i) => sum + value * at(b, i), 0);
    return dot / Math.hypot(...a) / Math.hypot(...b);
  };
  expect(correlation(0, 2)).toBeGreaterThan(0.99);
  expect(correlation(1, 4)).toBeGreaterThan(0.95);
  expect(variance(places, 0)).toBeGreaterThan(variance(places, 1));
  expect(pca2(data, 8)).toEqual(places);
});

test("PCA of one point, or of equal points, is a point and not a NaN", () => {
  expect([...pca2(new Float32Array([1, 2, 3]), 3)]).toEqual([0, 0]);
  expect([...pca2(new Float32Array([1, 2, 1, 2]), 2)]).toEqual([0, 0, 0, 0]);
});

test("UMAP keeps two groups apart and is the same each time", () => {
  const dim = 6;
  const data = new Float32Array(60 * dim);
  for (let row = 0; row < 60; row++) {
    const vector = Array.from(
      { length: dim },
      (_, i) => (i === (row < 30 ? 0 : 3) ? 1 : 0) + 0.1 * Math.sin(row * (i + 2)),
    );
    data.set(
      vector.map((value) => value / Math.hypot(...vector)),
      row * dim,
    );
  }
  const places = umap2(data, dim);
  expect(umap2(data, dim)).toEqual(places);
  const centre = (from: number) =>
    [0, 1].map(
      (column) =>
        Array.from({ length: 30 }, (_, i) => at(places, (from + i) * 2 + column)).reduce((a, b) => a + b, 0) / 30,
    );
  const [a, b] = [centre(0), centre(30)];
  const apart = Math.hypot(at(a, 0) - at(b, 0), at(a, 1) - at(b, 1));
  const spread = Math.max(
    ...Array.from({ length: 60 }, (_, row) => {
      const middle = row < 30 ? a : b;
      return Math.hypot(at(places, row * 2) - at(middle, 0), at(places, row * 2 + 1) - at(middle, 1));
    }),
  );
  expect(apart).toBeGreaterThan(1.5 * spread);
});
