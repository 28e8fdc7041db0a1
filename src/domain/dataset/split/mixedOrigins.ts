import { groupBy } from "../../text/index.ts";
import { originOf } from "../origin.ts";
import type { PairRow, Split } from "../types.ts";

/** Takes whole components of some rows, in the order of the seed, until each target is reached. */
type Fill = (rows: number[], targets: number[]) => number[][];

/**
 * Sides where people's own rows and written ones (generated, weak) are mixed; null where they are not. The test is people's rows
 * alone: all of them while there are more written ones, else a share of them, and the rest trains too; `testReal` says which.
 * Written rows of the test's components stand on no side; dev takes what the test leaves.
 */
export const realAndWritten = (
  rows: readonly PairRow[],
  component: readonly number[],
  fill: Fill,
  { dev, test, testReal }: { dev: number; test: number; testReal: boolean | undefined },
): Pick<Split, "train" | "dev" | "test"> | null => {
  if (test === 0) return null;
  const all = rows.map((_, row) => row);
  if (!isMixed(rows)) return null;
  const { real = [], written = [] } = Object.fromEntries(
    groupBy(all, (row) => (isReal(rows[row]) ? "real" : "written")),
  );
  const testSide = (testReal ?? real.length <= written.length) ? real : (fill(real, [test * real.length])[0] ?? []);
  const tested = new Set(testSide.map((row) => component[row]));
  const free = all.filter((row) => !tested.has(component[row]));
  const devSide = dev > 0 ? (fill(free, [dev * free.length])[0] ?? []) : [];
  const taken = new Set(devSide);
  const sorted = (side: number[]): number[] => [...side].sort((a, b) => a - b);
  return { train: free.filter((row) => !taken.has(row)), dev: sorted(devSide), test: sorted(testSide) };
};

/** Whether there are rows of people and written ones. */
export const isMixed = (rows: readonly PairRow[]): boolean => rows.some(isReal) && !rows.every(isReal);

const isReal = (row: PairRow | undefined): boolean => row !== undefined && originOf(row) === "real";
