import { indexTexts, leakingRows, orderFor, splitDataset } from "../../src/domain/dataset/index.ts";
import type { ParsedDataset } from "../../src/domain/dataset/types.ts";
import { buildRetrievalTask, taskOfFile } from "../../src/domain/evaluation/index.ts";
import type { RetrievalTask } from "../../src/domain/evaluation/types.ts";
import { at } from "../../src/domain/present.ts";

import { UsageError } from "./problems.ts";

/** What one run learns from and is scored on. */
export interface Sides {
  train: ParsedDataset;
  dev: RetrievalTask | null;
  test: RetrievalTask | null;
  /** How many rows each side has. */
  rows: { train: number; dev: number; test: number };
  /** For stderr: where the sides come from. */
  said: string[];
}

/** Shares of the rows for dev and test, as the page cuts by default. */
const SHARES = { dev: 0.1, test: 0.2 };
/** Seed of the page's split. */
const SPLIT_SEED = 42;

/**
 * `auto` or `DEV,TEST` in shares (`0.1,0.2`), or `none`.
 *
 * @throws UsageError
 */
export const readShares = (given: string): { dev: number; test: number } | null => {
  if (given === "none") return null;
  if (given === "auto") return SHARES;
  const [dev, test, ...more] = given.split(",").map(Number);
  if (dev === undefined || test === undefined || more.length > 0 || !(dev >= 0 && test >= 0 && dev + test < 1))
    throw new UsageError(
      "usage",
      `--split: ${given} is not auto, none or two shares such as 0.1,0.2.`,
      "Give the shares of dev and test; what is left is trained on.",
    );
  return { dev, test };
};

/**
 * The sides of a run: files where they are given, and what is missing cut from the training file, as the page cuts it (no text and no
 * near copy of one stands on two sides; a question is asked among the documents of all sides).
 *
 * @throws StudioError where the file cannot be cut
 */
export const sidesOf = (
  pairs: ParsedDataset,
  files: { dev: ParsedDataset | null; test: ParsedDataset | null },
  shares: { dev: number; test: number } | null,
): Sides => {
  const { dev, test } = files;
  const given = { dev: dev && taskOfFile(dev), test: test && taskOfFile(test) };
  const cut = { dev: dev ? 0 : (shares?.dev ?? 0), test: test ? 0 : (shares?.test ?? 0) };
  const counted = { dev: dev?.rows.length ?? 0, test: test?.rows.length ?? 0 };
  if (cut.dev + cut.test === 0)
    return { train: pairs, ...given, rows: { train: pairs.rows.length, ...counted }, said: [] };
  const { rows, corpus: extraCorpus } = pairs;
  const order = orderFor(rows);
  const split = splitDataset(rows, { seed: SPLIT_SEED, order, ...cut });
  const task = (side: "dev" | "test") =>
    split[side].length > 0 ? buildRetrievalTask(rows, split, { side, extraCorpus }) : null;
  const train = { ...pairs, rows: split.train.map((row) => at(rows, row)) };
  return {
    train,
    dev: given.dev ?? task("dev"),
    test: given.test ?? task("test"),
    rows: {
      train: train.rows.length,
      dev: counted.dev + split.dev.length,
      test: counted.test + split.test.length,
    },
    said: [
      `Split of ${pairs.fileName}: ${split.train.length} rows to train on, ${split.dev.length} for dev, ${split.test.length} for the test${order === "time" ? ", which are the newest" : ""} (${split.hash.slice(0, 12)}); --split none trains on all.`,
    ],
  };
};

/** Says on stderr how many rows share a text with the rows they are scored on. */
export const warnOfLeak = (rows: ParsedDataset, scored: ParsedDataset, flag: string): void => {
  const index = indexTexts([...rows.rows, ...scored.rows]);
  const leaking = leakingRows(index, rows.rows.length, null).length;
  if (leaking > 0)
    console.error(
      `${leaking} of ${rows.rows.length} rows of ${rows.fileName} share a text with --${flag}, so its scores flatter. Leave them out.`,
    );
};
