/**
 * `npm run bench -- --sections recipe`: what the presets reach beside a small grid of settings, on pairs. Each run is a whole one with the
 * engine in Node; the time it will take is said before.
 */
import { basename } from "node:path";
import { chosenByFlags } from "./columnFlags.ts";
import { openCliDevice } from "./device.ts";
import { openBase, openFile } from "./nodeModelFiles.ts";
import { examplesOf, readPairs } from "./pairs.ts";
import { planFor } from "./planFor.ts";
import { readShares, sidesOf, type Sides } from "./sides.ts";
import { diagnose } from "../../src/domain/dataset/index.ts";
import type { ParsedDataset } from "../../src/domain/dataset/types.ts";
import { compareAll, evaluateBm25, headlineOf } from "../../src/domain/evaluation/index.ts";
import { at, present } from "../../src/domain/present.ts";
import { plannedSteps } from "../../src/domain/training/preset/presets.ts";
import type { Hyperparameters } from "../../src/domain/training/types.ts";
import { dryRun, loadBase, RunControl, runTraining, type LoadedBase } from "../../src/engine/index.ts";
import { shareOfGain, type RecipeRun } from "./recipeShares.ts";

export interface RecipeOptions {
  files: readonly string[];
  base: string;
  seeds: readonly number[];
}

const RATES = [1e-3, 3e-3];
/** Optimizer steps of a grid's cell, as far as whole passes come near them. */
const STEPS = [30, 120];

interface Cell {
  name: string;
  values: Hyperparameters;
}

/** Presets and grid for one data set; cells that come out the same are kept once. */
const cellsOf = (base: LoadedBase, sides: Sides, pairs: ParsedDataset): Cell[] => {
  const report = diagnose(pairs);
  const presets = (["fast", "balanced"] as const).map((name) => ({
    name: `preset ${name}`,
    values: planFor(name, base, sides, report).values,
  }));
  const { values } = at(presets, 1);
  const perPass = Math.ceil(sides.rows.train / values.batchSize);
  const grid = RATES.flatMap((learningRate) =>
    STEPS.map((steps) => {
      const epochs = Math.max(1, Math.round(steps / perPass));
      return {
        name: `rate ${learningRate}, ${epochs * perPass} steps`,
        values: { ...values, learningRate, epochs, patience: 0 },
      };
    }),
  );
  return [...presets, ...new Map(grid.map((cell) => [cell.name, cell])).values()];
};

const recipeOf = async (file: string, base: LoadedBase, seeds: readonly number[], say: (line: string) => void) => {
  const pairs = await readPairs("pairs", openFile("pairs", file), { chosen: chosenByFlags({}), skipBadLines: false });
  const sides = sidesOf(pairs, { dev: null, test: null }, readShares("auto"));
  const [dev, test] = [present(sides.dev, "dev side"), present(sides.test, "test side")];
  const examples = examplesOf(sides.train);
  const cells = cellsOf(base, sides, pairs);
  const control = new RunControl();
  const hyperparameters = at(cells, 1).values;
  const measured = await dryRun(
    base,
    { examples, documents: test.corpus, hyperparameters, instruction: null },
    control,
  );
  const scored = 2 * (test.queries.length + test.corpus.length);
  const seconds = cells.reduce((sum, { values }) => {
    const scorings = plannedSteps(sides.rows.train, values) / Math.max(1, values.evaluateEvery) + 1;
    const texts = scored + scorings * (dev.queries.length + dev.corpus.length);
    return sum + (values.epochs * sides.rows.train) / measured.pairsPerSecond + texts / measured.textsPerSecond;
  }, 0);
  say(
    `${basename(file)}: ${cells.length} settings, ${seeds.length} seeds, about ${Math.ceil((seconds * seeds.length) / 60)} minutes here`,
  );
  const runs: RecipeRun[] = [];
  for (const { name, values } of cells)
    for (const seed of seeds) {
      let best = 0;
      const request = {
        examples,
        dev,
        test,
        hyperparameters: { ...values, seed },
        instruction: null,
        resumeFrom: null,
      };
      const result = await runTraining(base, request, new RunControl(), (event) => {
        if (event.type === "dev" && event.score.best) best = event.score.metrics["ndcg@10"];
      });
      const [before, after] = [present(result.baseline, "baseline"), present(result.tuned, "tuned")];
      const headline = present(headlineOf(compareAll(before, after, { task: test })), "comparison");
      runs.push({ name, dev: best, before: headline.baseline, after: headline.tuned, verdict: headline.verdict });
      say(`  ${name}, seed ${seed}: recall@10 ${(100 * headline.tuned).toFixed(1)} (${headline.verdict})`);
      result.adapter.dispose();
    }
  const bm25 = evaluateBm25(test).metrics["recall@10"];
  return {
    data: basename(file),
    train: sides.rows.train,
    bm25: Number((100 * bm25).toFixed(1)),
    rows: shareOfGain(runs),
  };
};

/** One table a data set. */
export const recipe = async ({ files, base, seeds }: RecipeOptions, say: (line: string) => void) => {
  const loaded = await loadBase(await openCliDevice("auto"), openBase(base));
  const tables = [];
  for (const file of files) tables.push(await recipeOf(file, loaded, seeds, say));
  return { device: { adapter: loaded.session.device.adapter }, tables };
};
