import type { DryRun } from "../../domain/training/types.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type { DataService } from "../datasets/ports.ts";
import { planRun, type RunChoice } from "./prepareRun.ts";

export interface ForecastPorts {
  data: Pick<DataService, "tasks" | "fingerprint" | "applyMined">;
  engine: Pick<EngineService, "dryRun">;
}

/** What a whole run will take, from a few of its steps on this device. */
export interface RunForecast {
  measured: DryRun;
  trainingSeconds: number;
  /** The test before and after, and dev at the start, between steps and at the end of each epoch. */
  scoringSeconds: number;
}

/** Times a few steps of the run that was chosen. The base must be in the engine's memory. */
export const forecastRun = async (choice: RunChoice, { data, engine }: ForecastPorts): Promise<RunForecast> => {
  const { inputs, run } = await planRun(choice, data, "", "");
  const { hyperparameters, instruction } = run;
  const measured = await engine.dryRun({
    examples: inputs.examples,
    documents: inputs.test.corpus,
    hyperparameters,
    instruction: instruction === "" ? null : instruction,
  });
  const { epochs, batchSize, evaluateEvery } = hyperparameters;
  const steps = Math.ceil(inputs.examples.length / batchSize) * epochs;
  const devScores = inputs.dev ? 1 + epochs + (evaluateEvery > 0 ? Math.floor(steps / evaluateEvery) : 0) : 0;
  const texts = (side: { queries: unknown[]; corpus: unknown[] } | null) =>
    side ? side.queries.length + side.corpus.length : 0;
  return {
    measured,
    trainingSeconds: (inputs.examples.length * epochs) / measured.pairsPerSecond,
    scoringSeconds: (2 * texts(inputs.test) + devScores * texts(inputs.dev)) / measured.textsPerSecond,
  };
};
