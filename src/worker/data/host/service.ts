import type { ModelFiles } from "../../../domain/modelFiles.ts";
import type { BaseRef } from "../../engine/protocol.ts";
import type { DataService } from "../protocol.ts";
import type { DatasetStorage, RunTextStorage } from "../storage.ts";
import { datasetCalls } from "./datasetCalls.ts";
import { createKeeper } from "./keeper.ts";
import { lengthCalls } from "./lengthCalls.ts";
import { miningCalls } from "./miningCalls.ts";
import { readCalls } from "./readCalls.ts";
import { runCalls } from "./runCalls.ts";

export interface DataServicePorts {
  datasets: DatasetStorage;
  runs: RunTextStorage;
  /** The small files of a base: its tokenizer and prompts. */
  openFiles(base: BaseRef): Promise<ModelFiles>;
}

/** The keeper of rows and texts, wherever it runs. */
export const createDataService = ({ datasets, runs, openFiles }: DataServicePorts): DataService => {
  const keeper = createKeeper(datasets);
  return {
    ...readCalls(keeper),
    ...datasetCalls(keeper, datasets),
    ...lengthCalls(keeper, openFiles),
    ...miningCalls(keeper),
    ...runCalls(keeper, runs),
  };
};
