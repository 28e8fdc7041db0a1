import type { DataService } from "../protocol.ts";
import type { DatasetStorage, RunTextStorage } from "../storage.ts";
import { datasetCalls } from "./datasetCalls.ts";
import { createKeeper } from "./keeper.ts";
import { miningCalls } from "./miningCalls.ts";
import { runCalls } from "./runCalls.ts";

export interface DataServicePorts {
  datasets: DatasetStorage;
  runs: RunTextStorage;
}

/** The keeper of rows and texts, wherever it runs. */
export const createDataService = ({ datasets, runs }: DataServicePorts): DataService => {
  const keeper = createKeeper(datasets);
  return { ...datasetCalls(keeper, datasets), ...miningCalls(keeper), ...runCalls(keeper, runs) };
};
