import type { SymbolType } from "recharts";

/** How one run is told apart: never by colour alone. */
export interface SeriesStyle {
  /** Hex, so that it survives into an exported picture. */
  color: string;
  /** SVG stroke-dasharray; empty is solid. */
  dash: string;
  marker: SymbolType;
}

/** A role with a fixed look everywhere in the studio, or the position of a run among several. */
export type SeriesLook = "baseline" | "tuned" | "bm25" | number;
export type Scheme = "light" | "dark";

/** Surfaces the palette is checked against: Mantine's body in both schemes. */
export const SURFACE: Record<Scheme, string> = { light: "#ffffff", dark: "#242424" };

/** Text and grid of a chart; text keeps 4.5:1 on its surface. */
export const INK: Record<Scheme, { text: string; grid: string; axis: string }> = {
  light: { text: "#495057", grid: "#e9ecef", axis: "#868e96" },
  dark: { text: "#ced4da", grid: "#3b3b3b", axis: "#909296" },
};

/*
 * Lightness alternates as well as hue, because hue is what red-green blindness takes away.
 * palette.test.ts holds each colour to 3:1 on its surface and each pair apart under protanopia and deuteranopia.
 */
const RUN_COLORS: Record<Scheme, readonly string[]> = {
  light: ["#0b6bcb", "#e8590c", "#00594b", "#b0399a", "#6a4a00", "#2b2f77"],
  dark: ["#4dabf7", "#ff8f4d", "#a8f0dd", "#d96fc4", "#e6c34a", "#c5c9ff"],
};
const DASHES = ["", "8 3", "2 3", "10 3 2 3", "5 5", "1 4"] as const;
const MARKERS = ["circle", "square", "triangle", "diamond", "cross", "star"] as const satisfies readonly SymbolType[];

const ROLES: Record<Scheme, Record<"baseline" | "bm25", SeriesStyle>> = {
  light: {
    baseline: { color: "#5c636a", dash: "6 4", marker: "square" },
    bm25: { color: "#8a6a00", dash: "2 3", marker: "triangle" },
  },
  dark: {
    baseline: { color: "#adb5bd", dash: "6 4", marker: "square" },
    bm25: { color: "#e6c34a", dash: "2 3", marker: "triangle" },
  },
};

/** How many runs can be told apart in one chart. */
export const DISTINCT_RUNS = RUN_COLORS.light.length;

/** The look of a series in the given scheme. Indices beyond {@link DISTINCT_RUNS} start over. */
export const seriesStyle = (look: SeriesLook, scheme: Scheme): SeriesStyle => {
  if (look === "baseline" || look === "bm25") return ROLES[scheme][look];
  const index = look === "tuned" ? 0 : look % DISTINCT_RUNS;
  return { color: RUN_COLORS[scheme][index]!, dash: DASHES[index]!, marker: MARKERS[index]! };
};
