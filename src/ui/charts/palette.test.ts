import { expect, test } from "vitest";
import { at } from "../../domain/present.ts";
import { DISTINCT_RUNS, INK, seriesStyle, SURFACE, type Scheme } from "./palette.ts";

const linear = (hex: string) =>
  [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
const luminance = (hex: string) => {
  const [r, g, b] = linear(hex) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: string, b: string) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};
/** Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB. */
const deficiencies = {
  none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
};
/** OKLab (Ottosson 2020) of a linear color. */
const oklab = ([r, g, b]: number[]) => {
  const l = Math.cbrt(0.4122214708 * r! + 0.5363325363 * g! + 0.0514459929 * b!);
  const m = Math.cbrt(0.2119034982 * r! + 0.6806995451 * g! + 0.1073969566 * b!);
  const s = Math.cbrt(0.0883024619 * r! + 0.2817188376 * g! + 0.6299787005 * b!);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
};
const seen = (hex: string, matrix: number[]) => {
  const rgb = linear(hex);
  return oklab(
    [0, 1, 2].map((row) =>
      Math.max(
        0,
        rgb.reduce((sum, value, column) => sum + at(matrix, row * 3 + column) * value, 0),
      ),
    ),
  );
};

for (const scheme of ["light", "dark"] satisfies Scheme[]) {
  const looks = [
    ...Array.from({ length: DISTINCT_RUNS }, (_, index) => index),
    ...(["baseline", "hybrid-baseline", "hybrid-tuned"] as const),
  ];

  test(`${scheme}: every series stands out from its surface, and text is readable`, () => {
    for (const look of [...looks, "bm25" as const])
      expect(contrast(seriesStyle(look, scheme).color, SURFACE[scheme])).toBeGreaterThanOrEqual(3);
    expect(contrast(INK[scheme].text, SURFACE[scheme])).toBeGreaterThanOrEqual(4.5);
  });

  test(`${scheme}: series stay apart without red-green vision, by color and by dash and marker`, () => {
    for (const matrix of Object.values(deficiencies))
      for (const a of looks)
        for (const b of looks) {
          if (a === b) continue;
          const [from, to] = [seriesStyle(a, scheme), seriesStyle(b, scheme)];
          const [p, q] = [seen(from.color, matrix), seen(to.color, matrix)];
          expect(Math.hypot(...p.map((value, axis) => value - at(q, axis))), `${a} and ${b}`).toBeGreaterThan(0.06);
          expect(`${from.dash} ${from.marker}`).not.toBe(`${to.dash} ${to.marker}`);
        }
  });
}

test("runs beyond the palette start over instead of failing", () => {
  expect(seriesStyle(DISTINCT_RUNS, "light")).toEqual(seriesStyle(0, "light"));
  expect(seriesStyle("tuned", "light")).toEqual(seriesStyle(0, "light"));
});
