import { expect, test } from "vitest";
import { uniform } from "../random.ts";
import { namesBase } from "./baseName.ts";
import { factor } from "./lowRank.ts";

test.each([
  ["Qwen/Qwen3-Embedding-0.6B", true],
  ["Qwen3-Embedding-0.6B", true],
  ["unsloth/Qwen3-Embedding-0.6B-unsloth-bnb-4bit", true],
  ["/root/.cache/huggingface/hub/models--Qwen--Qwen3-Embedding-0.6B/snapshots/abc", true],
  ["/root/.cache/modelscope/hub/models/Qwen/Qwen3-Embedding-0___6B", true],
  ["/data/models/Qwen3-Embedding-0.6B/", true],
  ["Qwen/Qwen3-0.6B", false],
  ["Qwen/Qwen3-Embedding-4B", false],
  ["/data/models/my-base", null],
])("a base named %s is Qwen3-Embedding-0.6B: %s", (named, same) => {
  expect(namesBase(named, "Qwen/Qwen3-Embedding-0.6B")).toBe(same);
});

test("factors find a matrix of low rank, and of another the largest directions in order", () => {
  const random = uniform(3);
  const matrix = (rows: number, columns: number) => new Float64Array(rows * columns).map(() => random() - 0.5);
  const product = (b: Float64Array, a: Float64Array, rows: number, rank: number, columns: number) => {
    const d = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++)
      for (let r = 0; r < rank; r++)
        for (let j = 0; j < columns; j++) d[i * columns + j]! += b[i * rank + r]! * a[r * columns + j]!;
    return d;
  };
  const data = product(matrix(40, 3), matrix(3, 25), 40, 3, 25);
  const { a, b, singular } = factor({ rows: 40, columns: 25, data }, 5);
  expect(singular.slice(3).every((value) => value < 1e-6 * singular[0]!)).toBe(true);
  expect(singular).toEqual(singular.toSorted((x, y) => y - x));
  const again = product(b, a, 40, singular.length, 25);
  expect(Math.max(...data.map((value, i) => Math.abs(value - again[i]!)))).toBeLessThan(1e-9);

  const full = matrix(30, 20);
  const kept = factor({ rows: 30, columns: 20, data: full }, 20);
  const square = full.reduce((sum, value) => sum + value * value, 0);
  // All directions together are the whole matrix.
  expect(kept.singular.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(square, 9);
});
