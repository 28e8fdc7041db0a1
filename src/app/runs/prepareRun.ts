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
  /** What the settings are called, for the run's name: `Balanced`. */
  settingsName: string;
  hyperparameters: Hyperparameters;
  /** Empty keeps the base's own. */
  instruction: string;
  /** What all of it is to take, where that was measured. */
  plannedSeconds?: number;
}

/** Longest part of a file's name that stands in a run's. */
const DATA_NAME = 40;

/** `support, Balanced, Nov 28 14:05`: tells runs apart by data and settings until a person names them. */
const defaultName = (fileName: string, settings: string, createdAt: string): string => {
  const data = fileName.replace(/(\.[a-z0-9]{1,8}){1,2}$/i, "").slice(0, DATA_NAME) || fileName.slice(0, DATA_NAME);
  const when = new Date(createdAt);
  const day = when.toLocaleDateString("en-US", { day: "numeric", month: "short" });
  const time = when.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return `${data}, ${settings}, ${day} ${time}`;
};

/** The record of a new run; its training pairs and tasks are stored by the data worker. */
export const prepareRun = async (
  { dataset, base, baseName, settingsName, hyperparameters, instruction, plannedSeconds }: RunChoice,
  data: Pick<DataService, "prepareRun">,
  id: string,
  createdAt: string,
): Promise<RunRecord> => {
  const { identity, splitHash, test } = await data.prepareRun(dataset.summary.id, instruction, { runId: id, base });
  return {
    id,
    name: defaultName(identity.name, settingsName, createdAt),
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
    ...(plannedSeconds !== undefined && { plannedSeconds }),
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
