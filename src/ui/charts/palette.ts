import type { SymbolType } from "recharts";
import { at } from "../../domain/present.ts";

/** How one run is told apart: never by color alone. */
export interface SeriesStyle {
  /** Hex, so that it survives into an exported picture. */
  color: string;
  /** SVG stroke-dasharray; empty is solid. */
  dash: string;
  marker: SymbolType;
}

/** A role with a fixed look everywhere in the studio, or the position of a run among several. */
export type SeriesLook = Role | "tuned" | number;
type Role = "baseline" | "bm25" | "hybrid-baseline" | "hybrid-tuned";
export type Scheme = "light" | "dark";

/** Surfaces the palette is checked against: panels in both schemes, as in theme/global.css. */
export const SURFACE: Record<Scheme, string> = { light: "#ffffff", dark: "#161f1d" };

/** Text and grid of a chart; text keeps 4.5:1 on its surface. */
export const INK: Record<Scheme, { text: string; grid: string; axis: string }> = {
  light: { text: "#56625d", grid: "#e3e7e3", axis: "#828d88" },
  dark: { text: "#bcc7c2", grid: "#2a3532", axis: "#66746e" },
};

/*
 * Lightness alternates as well as hue, because hue is what red-green blindness takes away.
 * palette.test.ts holds each color to 3:1 on its surface and each pair apart under protanopia and deuteranopia.
 */
const RUN_COLORS: Record<Scheme, readonly string[]> = {
  light: ["#1b6b5d", "#2b8cee", "#d9590b", "#661a1a", "#0a0a76", "#4433ee"],
  dark: ["#7cd0bc", "#7c5cff", "#ff8f4d", "#f0f042", "#d1308f", "#d8e4ff"],
};
const DASHES = ["", "8 3", "2 3", "10 3 2 3", "5 5", "1 4"] as const;
const MARKERS = ["circle", "square", "triangle", "diamond", "cross", "star"] as const satisfies readonly SymbolType[];

const ROLES: Record<Scheme, Record<Role, SeriesStyle>> = {
  light: {
    baseline: { color: "#6a6f8c", dash: "6 4", marker: "square" },
    bm25: { color: "#a8720f", dash: "2 3", marker: "triangle" },
    "hybrid-baseline": { color: "#b05fc4", dash: "12 3 2 3 2 3", marker: "cross" },
    "hybrid-tuned": { color: "#2f9e8f", dash: "14 3", marker: "diamond" },
  },
  dark: {
    baseline: { color: "#a9aed0", dash: "6 4", marker: "square" },
    bm25: { color: "#e0b35a", dash: "2 3", marker: "triangle" },
    "hybrid-baseline": { color: "#c77dff", dash: "12 3 2 3 2 3", marker: "cross" },
    "hybrid-tuned": { color: "#4bb3a0", dash: "14 3", marker: "diamond" },
  },
};

/** How many runs can be told apart in one chart. */
export const DISTINCT_RUNS = RUN_COLORS.light.length;

/** The look of a series in the given scheme. Indices beyond {@link DISTINCT_RUNS} start over. */
export const seriesStyle = (look: SeriesLook, scheme: Scheme): SeriesStyle => {
  if (typeof look === "string" && look !== "tuned") return ROLES[scheme][look];
  const index = look === "tuned" ? 0 : look % DISTINCT_RUNS;
  return { color: at(RUN_COLORS[scheme], index), dash: at(DASHES, index), marker: at(MARKERS, index) };
};
