import { expect, test } from "vitest";
import { uniform } from "../random.ts";
import { fitLogistic, logit } from "./logistic.ts";
import { areaUnderCurve, tellApart, tellApartSentence } from "./tellApart.ts";

test("logistic regression finds scikit-learn's minimum", () => {
  const rows = Array.from({ length: 40 }, (_, i) =>
    Float64Array.from([0, 1, 2], (c) => Math.sin(i * 1.3 + c * 2.1) * 0.5 + (i >= 20 && c === 0 ? 0.4 : 0)),
  );
  const model = fitLogistic(rows, 20);
  // LogisticRegression(C=1, tol=1e-10) of scikit-learn 1.9.1 on the same centred rows.
  [1.9215585, 0.65787238, 0.67146426].forEach((weight, c) => expect(model.weights[c]).toBeCloseTo(weight, 3));
  expect(model.bias).toBeCloseTo(0.000105935, 4);
  const last = rows.at(-1) ?? new Float64Array(3);
  expect(logit(model, last)).toBeCloseTo(
    last.reduce((sum, value, c) => sum + (value - (model.mean[c] ?? 0)) * (model.weights[c] ?? 0), model.bias),
    12,
  );
});

test("the area counts pairs, and ties half", () => {
  expect(areaUnderCurve([1, 2], [3, 4])).toBe(1);
  expect(areaUnderCurve([1, 3], [2, 3])).toBe(0.625);
});

const DIM = 16;
const draw = uniform(5);
/** Directions at random, of length 1; `pull` moves them along the first axis. */
const vectors = (count: number, pull: number): Float32Array => {
  const out = new Float32Array(count * DIM);
  for (let r = 0; r < count; r++) {
    const row = Array.from({ length: DIM }, (_, c) => draw() + draw() + draw() - 1.5 + (c === 0 ? pull : 0));
    row.forEach((value, c) => (out[r * DIM + c] = value / Math.hypot(...row)));
  }
  return out;
};

test("questions of one kind can not be told apart, of two kinds they can", () => {
  const same = tellApart(vectors(150, 0), vectors(200, 0), DIM);
  expect(same?.interval[0]).toBeLessThan(0.5);
  expect(same?.interval[1]).toBeGreaterThan(0.5);
  expect(same && tellApartSentence(same)).toContain("hardly tell them apart");
  const apart = tellApart(vectors(150, 0), vectors(200, 3), DIM);
  expect(apart?.auc).toBeGreaterThan(0.95);
  expect(apart).toMatchObject({ real: 150, generated: 200 });
  expect(apart && tellApartSentence(apart)).toContain("easy to tell");
  expect(tellApart(vectors(49, 0), vectors(200, 0), DIM)).toBeNull();
});
