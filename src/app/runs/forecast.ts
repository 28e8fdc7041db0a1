import type { DryRun } from "../../domain/training/types.ts";
import type { DataService, TaskSize } from "../../worker/data/protocol.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type { RunChoice } from "./prepareRun.ts";

export interface ForecastPorts {
  data: Pick<DataService, "prepareRun" | "runTexts">;
  engine: Pick<EngineService, "dryRun">;
}

/** What a whole run will take, from its own plan and a few of its steps on this device. The self-test is done by then. */
export interface RunForecast {
  measured: DryRun;
  /** Optimizer steps, as training will do them unless dev ends it early. */
  steps: number;
  trainingSeconds: number;
  /** The test before and after, and dev at the start and during the run. */
  scoringSeconds: number;
  /** From start to verdict. */
  totalSeconds: number;
}

const textsOf = (side: TaskSize | null): number => (side ? side.queries + side.documents : 0);

/** Times a few steps of the run that was chosen. The base must be in the engine's memory. */
export const forecastRun = async (
  { dataset, hyperparameters, instruction }: RunChoice,
  { data, engine }: ForecastPorts,
): Promise<RunForecast> => {
  const { id } = dataset.summary;
  const { dev, test } = await data.prepareRun(id, instruction, null);
  const measured = await engine.dryRun(
    { hyperparameters, instruction: instruction === "" ? null : instruction },
    await data.runTexts({ dataset: id }),
  );
  const { steps, pairs, devScorings } = measured.plan;
  const trainingSeconds = pairs / measured.pairsPerSecond;
  const scoringSeconds = (2 * textsOf(test) + (dev ? devScorings * textsOf(dev) : 0)) / measured.textsPerSecond;
  return { measured, steps, trainingSeconds, scoringSeconds, totalSeconds: trainingSeconds + scoringSeconds };
};
