import { groupBy } from "../../src/domain/text/index.ts";

/** One run of the recipe's table: what dev said of it, and recall@10 on the test (0…1). */
export interface RecipeRun {
  name: string;
  /** Best NDCG@10 on dev, by which the cell is chosen. */
  dev: number;
  before: number;
  after: number;
  verdict: string;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number): number => Number((100 * share).toFixed(1));

/**
 * Means over the seeds, and each setting's part of the gain of the cell that dev chooses from the grid (settings that are no preset).
 * Where that cell gains nothing, there is no part to tell.
 */
export const shareOfGain = (runs: readonly RecipeRun[]) => {
  const named = [...groupBy(runs, ({ name }) => name)].map(([name, of]) => ({
    name,
    dev: mean(of.map(({ dev }) => dev)),
    gain: mean(of.map(({ before, after }) => after - before)),
    before: mean(of.map(({ before }) => before)),
    after: mean(of.map(({ after }) => after)),
    worse: of.filter(({ verdict }) => verdict === "regressed").length,
  }));
  const grid = named.filter(({ name }) => !name.startsWith("preset "));
  const best = grid.reduce((a, b) => (b.dev > a.dev ? b : a));
  return named.map(({ name, dev, gain, before, after, worse }) => ({
    name: name === best.name ? `${name} (dev's choice)` : name,
    "dev ndcg@10": percent(dev),
    untuned: percent(before),
    "recall@10": percent(after),
    "share of the gain": best.gain > 0 ? `${Math.round((100 * gain) / best.gain)} %` : "–",
    "runs that are worse": worse,
  }));
};
