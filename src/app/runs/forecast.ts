import type { DryRun } from "../../domain/training/types.ts";
import type { DataService, TaskSize } from "../../worker/data/protocol.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type { RunChoice } from "./prepareRun.ts";

export interface ForecastPorts {
  data: Pick<DataService, "prepareRun" | "runTexts">;
  engine: Pick<EngineService, "dryRun">;
}

/** What a whole run will take, from a few of its steps on this device. */
export interface RunForecast {
  measured: DryRun;
  trainingSeconds: number;
  /** The test before and after, and dev at the start and during the run. */
  scoringSeconds: number;
}

const textsOf = (side: TaskSize | null): number => (side ? side.queries + side.documents : 0);

/** Times a few steps of the run that was chosen. The base must be in the engine's memory. */
export const forecastRun = async (
  { dataset, hyperparameters, instruction }: RunChoice,
  { data, engine }: ForecastPorts,
): Promise<RunForecast> => {
  const { id } = dataset.summary;
  const { examples, dev, test } = await data.prepareRun(id, instruction, null);
  const measured = await engine.dryRun(
    { hyperparameters, instruction: instruction === "" ? null : instruction },
    await data.runTexts({ dataset: id }),
  );
  const { epochs, batchSize, evaluateEvery } = hyperparameters;
  const steps = Math.ceil(examples / batchSize) * epochs;
  const devScores = dev ? 1 + (evaluateEvery > 0 ? Math.ceil(steps / evaluateEvery) : epochs) : 0;
  return {
    measured,
    trainingSeconds: (examples * epochs) / measured.pairsPerSecond,
    scoringSeconds: (2 * textsOf(test) + devScores * textsOf(dev)) / measured.textsPerSecond,
  };
};
