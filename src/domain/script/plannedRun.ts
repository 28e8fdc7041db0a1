import type { Adapter } from "../artifact/index.ts";

/** All that is fixed of a run before its first step, for whoever repeats it elsewhere. */
export interface PlannedRun {
  /** Rows of each step's batch, in the order that the loss sees them. */
  steps: number[][];
  warmupSteps: number;
  /** Steps after which dev is scored. */
  devSteps: number[];
  /** Of each row, its texts (query, positive, hard negatives) by number: texts that are the same after normalization have one. */
  texts: number[][];
  /** The adapter before the first step: A drawn from the seed, B zero. */
  initial: Adapter;
}
