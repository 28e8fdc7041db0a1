import { plannedDetectableEffect } from "../../evaluation/statistics/detectable.ts";
import { groupBy } from "../../text/index.ts";
import { MIN_PAIRS } from "../split/split.ts";
import { TIED, tieOf, type GraphOptions, type Tie } from "../split/textGraph.ts";
import { counted, finding, percent, type Examined } from "./examined.ts";
import type { Finding } from "./types.ts";

/** Fewer rows than this make a verdict unlikely. */
const ENOUGH_PAIRS = 200;
/** A group of this share of the rows makes the sides uneven. */
const LARGE_GROUP = 0.3;

/** What a test side of one fifth of the groups could show, as a share. */
export const detectableEffect = (groups: number, testRows: number): number =>
  plannedDetectableEffect(testRows > 0 ? testRows : Math.max(1, Math.round(groups / 5)));

const WAYS_OUT: Record<Tie, string> = {
  negatives: "In the split, group by queries and right documents only, or bring a separate test file.",
  "near-duplicates":
    "In the split, switch “Keep near duplicates together” off, or bring a separate test file; with the same text on both sides a test is easier than real use.",
  texts: "Bring a separate test file, or remove documents that answer most of the queries.",
};

/**
 * Too little, or too tangled, to learn from and to test with.
 *
 * @param testRows  rows that are the test already; 0 where one is cut from all
 */
export const size = (
  examined: Examined,
  testRows: number,
  { uncut = false, ...options }: GraphOptions & { uncut?: boolean } = {},
): Finding[] => {
  const { rows, index, near, component } = examined;
  const all = rows.map((_, row) => row);
  if (rows.length === 0)
    return [
      finding(examined, "no-rows", "blocking", [], {
        sentence: "No line of the file could be read as a pair.",
        advice: "Look at the reasons beside the lines, or choose other columns.",
      }),
    ];
  if (rows.length < MIN_PAIRS)
    return [
      finding(examined, "too-few-pairs", "blocking", all, {
        sentence: `${counted(rows.length, "pair is", "pairs are")} too few to train on and to test with.`,
        advice: `Bring at least ${MIN_PAIRS} pairs; a few hundred are needed before a difference can be shown.`,
      }),
    ];
  const queries = new Set(index.query.subarray(0, rows.length));
  if (queries.size === 1)
    return [
      finding(examined, "one-query", "blocking", all, {
        sentence: `All ${counted(rows.length, "row")} have the same query.`,
        advice: "Check that the right column was chosen as the query.",
      }),
    ];
  const found: Finding[] = [];
  const sizes = groupBy(all, (row) => component[row]);
  const largest = [...sizes.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
  if (sizes.size === 1 && testRows === 0) {
    const tie = tieOf(index, options, near);
    found.push(
      finding(examined, "one-group", "blocking", all, {
        sentence: `All rows are ${TIED[tie]}, so no part can be kept for testing.`,
        advice: WAYS_OUT[tie],
      }),
    );
  } else if (largest.length > LARGE_GROUP * rows.length && testRows === 0)
    found.push(
      finding(examined, "large-group", "warning", largest, {
        sentence: `${percent(largest.length / rows.length)} of the rows are tied together by shared queries or documents.`,
        advice: "They stay on one side of the split, so the sides may be uneven.",
      }),
    );
  if (rows.length < ENOUGH_PAIRS) {
    const effect = detectableEffect(sizes.size, testRows);
    found.push(
      finding(examined, "few-pairs", "warning", all, {
        sentence:
          effect < 1
            ? `${counted(rows.length, "pair")} can only show a change of about ${percent(effect).replace(" %", " points")} or more.`
            : `${counted(rows.length, "pair")} can train a model, but cannot show whether it got better.`,
        advice: uncut
          ? "A test of a few hundred queries shows smaller ones."
          : effect < 1
            ? "Training works; a few hundred pairs give a clearer verdict."
            : "Bring a few hundred pairs, or a separate test file, for a verdict.",
      }),
    );
  }
  return found;
};
