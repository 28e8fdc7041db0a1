import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../../domain/present.ts";
import { decimate, toRows, type ChartRow } from "./decimate.ts";

const walk = (length: number): ChartRow[] =>
  Array.from({ length }, (_, step) => ({ x: step, loss: Math.sin(step / 40), norm: Math.cos(step / 90) }));

test("a one-step spike in ten thousand survives at its own step and height", () => {
  const rows = walk(10_000);
  at(rows, 7_341).loss = 42;
  at(rows, 2_222).norm = -42;
  const kept = decimate(rows, ["loss", "norm"]);
  expect(kept.length).toBeLessThanOrEqual(800);
  expect(kept).toContainEqual(rows[7_341]);
  expect(kept).toContainEqual(rows[2_222]);
});

test("property: bounded, in order, measured rows only, extremes and ends kept", () => {
  const value = fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { nil: undefined });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 400 }),
      fc.integer({ min: 8, max: 60 }),
      (pairs, limit) => {
        const rows = toRows(
          ["a", "b"].map((id, column) => ({
            id,
            points: pairs.flatMap((pair, x) => (pair[column] === undefined ? [] : [{ x, y: pair[column] }])),
          })),
        );
        const kept = decimate(rows, ["a", "b"], limit);
        expect(kept.length).toBeLessThanOrEqual(limit);
        expect(kept.every((row) => rows.includes(row))).toBe(true);
        expect(kept.map((row) => row.x)).toEqual(kept.map((row) => row.x).toSorted((p, q) => p - q));
        expect(kept[0]).toBe(rows[0]);
        expect(kept.at(-1)).toBe(rows.at(-1));
        for (const key of ["a", "b"]) {
          const all = rows.flatMap((row) => row[key] ?? []);
          const left = kept.flatMap((row) => row[key] ?? []);
          if (all.length) expect([Math.min(...left), Math.max(...left)]).toEqual([Math.min(...all), Math.max(...all)]);
        }
      },
    ),
  );
});

test("few rows stay as they are, and values that are not numbers are not drawn", () => {
  expect(decimate(walk(800), ["loss"])).toHaveLength(800);
  expect(
    toRows([
      {
        id: "loss",
        points: [
          { x: 2, y: 1 },
          { x: 1, y: Number.NaN },
          { x: 0, y: 3 },
        ],
      },
    ]),
  ).toEqual([
    { x: 0, loss: 3 },
    { x: 2, loss: 1 },
  ]);
});
