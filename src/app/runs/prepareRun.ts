import { at } from "../../domain/present.ts";
import { emptyDevSummary } from "../../domain/run/series.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";
import type { DatasetView, DataService } from "../../worker/data/protocol.ts";
import type { BaseRef } from "../../worker/engine/protocol.ts";

/** What the person chose. */
export interface RunChoice {
  dataset: DatasetView;
  base: BaseRef;
  baseName: string;
  hyperparameters: Hyperparameters;
  /** Empty keeps the base's own. */
  instruction: string;
}

/** The record of a new run; its training pairs and tasks are stored by the data worker. */
export const prepareRun = async (
  { dataset, base, baseName, hyperparameters, instruction }: RunChoice,
  data: Pick<DataService, "prepareRun">,
  id: string,
  createdAt: string,
): Promise<RunRecord> => {
  const { identity, splitHash, test } = await data.prepareRun(dataset.summary.id, instruction, { runId: id, base });
  const short = at(baseName.split("/"), -1);
  return {
    id,
    name: `${identity.name.replace(/\.[^.]+$/, "")} on ${short}`,
    createdAt,
    status: "running",
    problem: null,
    base: { id: baseName, revision: "", sha256: "", dim: 0 },
    dataset: identity,
    splitHash,
    hyperparameters,
    instruction,
    device: null,
    selfTest: null,
    lastStep: null,
    dev: emptyDevSummary(),
    test,
    baseline: null,
    tuned: null,
    bm25: null,
    comparisons: [],
    artifact: null,
    registryVersion: null,
  };
};
