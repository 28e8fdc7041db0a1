import {
  columnSlices,
  evaluationOf,
  headlineOf,
  LEAST_QUERIES,
  slicesOf,
  type Slice,
} from "../../domain/evaluation/index.ts";
import type { Comparison, TaskColumn } from "../../domain/evaluation/types.ts";
import { at, present } from "../../domain/present.ts";
import type { WholeRun } from "../../domain/run/types.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import { figuresOf } from "./compareRuns.ts";

export type SlicePorts = Pick<DataService, "compare" | "documents">;

/** Tuned against baseline for some of the queries. */
export interface SlicedFigures {
  by: Slice["by"];
  name: string;
  /** Indices into the run's queries. */
  queries: readonly number[];
  comparison: Comparison;
}
export interface RunSlices {
  rows: SlicedFigures[];
  /** Slices that are too small to be shown, and the queries in them. */
  small: number;
  folded: number;
}

/** Documents read at once. */
const BATCH = 500;

/**
 * Compares a scored run by the values of a column, or, without one, by the length of its questions and by the words that they
 * share with their answers.
 */
export const sliceRun = async (run: WholeRun, column: TaskColumn | null, ports: SlicePorts): Promise<RunSlices> => {
  const [baseline, tuned] = [present(run.baseline, "baseline score"), present(run.tuned, "score of the tuned model")];
  const slices = column ? columnSlices(column) : await slicesByText(run, ports);
  const shown = slices.filter(({ queries }) => queries.length >= LEAST_QUERIES);
  const rows: SlicedFigures[] = [];
  for (const slice of shown) {
    const [before, after] = [baseline, tuned].map((one) => figuresOf(evaluationOf(one, slice), run.queries));
    const compared = await ports.compare(present(before, "baseline"), present(after, "tuned"));
    const { by, name, queries } = slice;
    rows.push({ by, name, queries, comparison: present(headlineOf(compared), "comparison") });
  }
  const small = slices.filter((slice) => !shown.includes(slice) && slice.queries.length > 0);
  return { rows, small: small.length, folded: small.reduce((sum, { queries }) => sum + queries.length, 0) };
};

const slicesByText = async (run: WholeRun, { documents }: SlicePorts): Promise<Slice[]> => {
  const places = [...new Set(run.queries.flatMap(({ relevant }) => relevant))];
  const texts = new Map<number, string>();
  for (let from = 0; from < places.length; from += BATCH) {
    const some = places.slice(from, from + BATCH);
    const read = await documents(run.id, some);
    some.forEach((place, i) => texts.set(place, at(read, i)));
    await yieldToEventLoop();
  }
  return slicesOf(
    run.queries.map(({ text, relevant }) => ({
      text,
      answers: relevant.flatMap((place) => texts.get(place) ?? []),
    })),
  );
};
