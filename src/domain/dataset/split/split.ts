import { StudioError } from "../../errors.ts";
import { at } from "../../present.ts";
import { mulberry32, shuffle } from "../../random.ts";
import { sha256List, type UnionFind } from "../../text/index.ts";
import type { PairRow, Split } from "../types.ts";
import { realAndWritten } from "./mixedOrigins.ts";
import {
  indexTexts,
  leakingRows,
  nearDuplicates,
  rowComponents,
  TIED,
  tieOf,
  type GraphOptions,
  type TextIndex,
  type Tie,
} from "./textGraph.ts";

export interface SplitOptions extends GraphOptions {
  seed: number;
  /** `random`: by the seed. `time`: the test is the newest rows, so that it stands for the future; dev stays random. */
  order?: "random" | "time";
  /** Share of the rows for dev, which chooses the checkpoint. 0 is allowed. */
  dev?: number;
  /** Share of the rows for test, which is scored once. */
  test?: number;
  /**
   * The last so many rows come from a separate test file: they are the test side, and no other row is. Those of them that are
   * marked as dev are the dev side.
   */
  testRows?: number;
  /**
   * Where rows of people and written ones are mixed: all of people's are the test, or a share of them. By itself all are while there
   * are more written ones.
   */
  testReal?: boolean;
  /** Rows that share a text with the separate test file: refuse the split, or leave them on no side. */
  leaks?: "refuse" | "leave-out";
}

/** Rows that all say when they were judged are split by that; others by the seed. */
export const orderFor = (rows: readonly PairRow[]): NonNullable<SplitOptions["order"]> =>
  rows.length > 0 && rows.every(({ judgedAt }) => judgedAt !== undefined) ? "time" : "random";

/** Fewer pairs cannot be cut into sides that mean anything. */
export const MIN_PAIRS = 10;

/**
 * Cuts rows into train, dev and test by connected components, so that no normalized text (nor a near duplicate of one)
 * stands on two sides, nor questions written from one document. Where rows of people and written ones are mixed, the test is people's
 * ({@link realAndWritten}). The same rows and seed give the same sides in any row order. A component is as new as its newest row.
 * Errors: `too-few-pairs`, `one-query`, `split-one-component`, `split-leak`,
 * `real-questions-everywhere`.
 */
export const splitDataset = (rows: readonly PairRow[], options: SplitOptions): Split => {
  const { seed, dev = 0.1, test = 0.2, testRows = 0, leaks = "refuse" } = options;
  if (!(dev >= 0 && test >= 0 && dev + test < 1)) throw badShares();
  const own = rows.length - testRows;
  if (own < MIN_PAIRS) throw tooFewPairs(own);
  const index = indexTexts(rows);
  if (new Set(index.query.subarray(0, own)).size === 1) throw oneQuery(own);
  const near = options.nearDuplicates === false ? null : nearDuplicates(index);
  const component = rowComponents(index, options, near);
  const newest =
    options.order === "time" ? (some: number[]) => Math.max(...some.map((row) => rows[row]?.judgedAt ?? 0)) : null;
  const sides =
    testRows > 0
      ? withTestFile(
          own,
          heldRows(rows, own, index, near, options),
          leakingRows(index, own, near, options.negatives),
          leaks,
          (free) => fill(order(index, component, free, seed), [dev * own], own)[0],
        )
      : (trainable(
          realAndWritten(
            rows,
            component,
            (some, shares) => fill(order(index, component, some, seed), shares, rows.length),
            { dev, test, testReal: options.testReal },
          ),
        ) ?? ownSides(index, component, { ...options, newest }, near, dev * own, test * own));
  return { seed, ...sides, hash: splitHash(rows, seed, sides), component };
};

type Sides = Pick<Split, "train" | "dev" | "test">;

/** Where nearly every written row is about a tested document, too little is left to learn from. */
const trainable = (mixed: Sides | null): Sides | null => {
  if (!mixed || mixed.train.length >= MIN_PAIRS) return mixed;
  const left = mixed.train.length;
  throw new StudioError(
    "real-questions-everywhere",
    left === 0
      ? "Every written pair is about a document that a real question is about, so nothing is left to train on."
      : `${left === 1 ? "One pair is" : `${left} pairs are`} left to train on, since all others are about documents that real questions are about.`,
    "Bring more documents, or real questions about fewer of them.",
  );
};

/** The test from the newest components, dev from the others in their random order. */
const newestAndRandom = (
  groups: number[][],
  newest: (rows: number[]) => number,
  [test, dev]: [test: number, dev: number],
  total: number,
): [number[], number[]] => {
  const byTime = [...groups].sort((a, b) => newest(b) - newest(a));
  const [testSide = []] = fill(byTime, [test], total);
  const taken = new Set(testSide);
  const left = groups.filter(([row]) => row !== undefined && !taken.has(row));
  return [testSide, fill(left, [dev], total)[0] ?? []];
};

interface OwnOptions extends SplitOptions {
  /** The newest moment of some rows; null where time does not matter. */
  newest: ((rows: number[]) => number) | null;
}

const ownSides = (
  index: TextIndex,
  component: number[],
  options: OwnOptions,
  near: UnionFind | null,
  dev: number,
  test: number,
): Sides => {
  const all = component.map((_, row) => row);
  const groups = order(index, component, all, options.seed);
  const [testSide = [], devSide = []] = options.newest
    ? newestAndRandom(groups, options.newest, [test, dev], all.length)
    : fill(groups, [test, dev], all.length);
  if ((test > 0 && testSide.length === 0) || groups.length < 2) throw oneComponent(index, component, options, near);
  return sidesOf(all, testSide, devSide);
};

/** Rows of a test file by their side. Dev rows that share a text with the test are on none. */
const heldRows = (
  rows: readonly PairRow[],
  own: number,
  index: TextIndex,
  near: UnionFind | null,
  options: GraphOptions,
): { dev: number[]; test: number[] } => {
  const held = Array.from({ length: rows.length - own }, (_, i) => own + i);
  const isDev = (row: number): boolean => at(rows, row).side === "dev";
  const test = held.filter((row) => !isDev(row));
  const first = test[0] ?? rows.length;
  const leaking = new Set(first > own ? leakingRows(index, first, near, options.negatives) : []);
  return { dev: held.filter((row) => isDev(row) && !leaking.has(row)), test };
};

const withTestFile = (
  own: number,
  held: { dev: number[]; test: number[] },
  leaking: number[],
  leaks: "refuse" | "leave-out",
  chooseDev: (rows: number[]) => number[] | undefined,
): Sides => {
  if (leaking.length > 0 && leaks === "refuse") throw leak(leaking.length);
  const left = new Set(leaking);
  const free = Array.from({ length: own }, (_, row) => row).filter((row) => !left.has(row));
  if (free.length < MIN_PAIRS) throw tooFewPairs(free.length);
  const { dev, test } = held;
  if (dev.length > 0) return sidesOf([...free, ...dev, ...test], test, dev);
  return sidesOf([...free, ...test], test, chooseDev(free) ?? []);
};

const sidesOf = (rows: number[], test: number[], dev: number[]): Sides => {
  const taken = new Set([...test, ...dev]);
  const sorted = (side: number[]): number[] => [...side].sort((a, b) => a - b);
  return { train: rows.filter((row) => !taken.has(row)), dev: sorted(dev), test: sorted(test) };
};

/** Components as lists of rows, shuffled by the seed from an order that depends on their texts alone. */
const order = (index: TextIndex, component: number[], rows: number[], seed: number): number[][] => {
  const groups = new Map<number, { rows: number[]; key: string }>();
  for (const row of rows) {
    const query = at(index.texts, at(index.query, row));
    const group = groups.get(at(component, row)) ?? { rows: [], key: query };
    group.rows.push(row);
    if (query < group.key) group.key = query;
    groups.set(at(component, row), group);
  }
  const sorted = [...groups.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return shuffle(sorted, mulberry32(seed)).map((group) => group.rows);
};

/**
 * Takes components in order for each target in turn, skipping those that do not fit. A target that nothing fits gets the
 * smallest component, unless that is half of all rows: an honest small test is better than none.
 */
const fill = (groups: number[][], targets: number[], total: number): number[][] => {
  const left = [...groups];
  return targets.map((target) => {
    const side: number[] = [];
    const take = (place: number): void => void side.push(...left.splice(place, 1).flat());
    for (let place = 0; place < left.length;)
      if (side.length + at(left, place).length <= Math.round(target)) take(place);
      else place++;
    if (side.length === 0 && target > 0 && left.length > 1) {
      const smallest = left.reduce((best, group, place) => (group.length < at(left, best).length ? place : best), 0);
      if (at(left, smallest).length <= total / 2) take(smallest);
    }
    return side;
  });
};

/** SHA-256 over the seed and the sorted text fingerprints of each side. Negatives are not part of it: mining adds them later. */
const splitHash = (rows: readonly PairRow[], seed: number, sides: Sides): string => {
  const side = (indices: number[]): string =>
    sha256List(
      indices.map((i) => sha256List([rows[i]?.query ?? "", ...[...(rows[i]?.positives ?? [])].sort()])).sort(),
    );
  return sha256List(["split/1", String(seed), side(sides.train), side(sides.dev), side(sides.test)]);
};

const badShares = (): StudioError =>
  new StudioError(
    "split-shares",
    "The shares of dev and test do not leave rows for training.",
    "Choose shares that add up to less than 1.",
  );

const tooFewPairs = (pairs: number): StudioError =>
  new StudioError(
    "too-few-pairs",
    `${pairs === 1 ? "One pair is" : `${pairs} pairs are`} too few to train on and to test with.`,
    `Bring at least ${MIN_PAIRS} pairs; a few hundred are needed before a difference can be shown.`,
  );

const oneQuery = (rows: number): StudioError =>
  new StudioError(
    "one-query",
    `All ${rows} rows have the same query, so there is nothing to learn to tell apart.`,
    "Check that the right column was chosen as the query.",
  );

const WAYS_OUT: Record<Tie, string> = {
  negatives: "Group by queries and right documents only, without the negatives, or bring a separate test file.",
  "near-duplicates": "Split with near duplicates apart, remove them, or bring a separate test file.",
  texts: "Bring a separate test file, or remove documents that answer most of the queries.",
};

const oneComponent = (
  index: TextIndex,
  component: number[],
  options: SplitOptions,
  near: UnionFind | null,
): StudioError => {
  const tie = tieOf(index, options, near);
  const all = new Set(component).size === 1 ? "All rows" : "Almost all rows";
  return new StudioError(
    "split-one-component",
    `${all} are ${TIED[tie]}, so no part can be kept for testing without a leak.`,
    WAYS_OUT[tie],
  );
};

const leak = (rows: number): StudioError =>
  new StudioError(
    "split-leak",
    `${rows} ${rows === 1 ? "row shares" : "rows share"} a query or document with the test file, so the test would be too easy.`,
    "Leave these rows out of training, count only equal texts as leaks, or drop another test file.",
  );
