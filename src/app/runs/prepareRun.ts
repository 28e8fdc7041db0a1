import type { MinedLabels } from "../../domain/dataset/index.ts";
import type { MiningRecord } from "../../domain/dataset/types.ts";
import { StudioError } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
import { emptyDevSummary } from "../../domain/run/series.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";
import type { BaseRef } from "../../worker/engine/protocol.ts";
import { rowsOf, undecided } from "../datasets/contents.ts";
import type { DataService, StoredDataset } from "../datasets/ports.ts";
import type { RunInputs } from "./ports.ts";

/** What the person chose. */
export interface RunChoice {
  dataset: StoredDataset;
  base: BaseRef;
  baseName: string;
  hyperparameters: Hyperparameters;
  /** Empty keeps the base's own. */
  instruction: string;
}

const miningRecord = ({ made, negatives, suspects }: MinedLabels): MiningRecord => ({
  numNegatives: made.numNegatives,
  relativeMargin: made.relativeMargin,
  negatives: negatives.reduce((sum, { documents }) => sum + documents.length, 0),
  accepted: suspects.filter(({ verdict }) => verdict === "relevant").length,
  rejected: suspects.filter(({ verdict }) => verdict === "negative").length,
});

/** Builds the record and the inputs of a new run: training pairs, dev and test task, identity of the data. */
export const planRun = async (
  choice: RunChoice,
  data: Pick<DataService, "tasks" | "fingerprint" | "applyMined">,
  id: string,
  createdAt: string,
): Promise<{ run: RunRecord; inputs: RunInputs }> => {
  const { dataset, instruction } = choice;
  const open = undecided(dataset);
  if (open || !dataset.split)
    throw new StudioError(
      "dataset-undecided",
      "The data set is not ready.",
      `${open ?? "Make a split"} on the Data screen.`,
    );
  const rows = rowsOf(dataset);
  const { split, mined } = dataset;
  // Mined negatives are learnt from; the tasks stay as they are, so that runs with and without them can be compared.
  const learnt = mined ? { ...rows, rows: await data.applyMined(rows, split, mined) } : rows;
  const [tasks, examples, fingerprint] = await Promise.all([
    data.tasks(rows, split),
    mined ? data.tasks(learnt, split).then((labelled) => labelled.examples) : null,
    data.fingerprint(learnt, instruction),
  ]);
  const short = at(choice.baseName.split("/"), -1);
  return {
    inputs: { base: choice.base, examples: examples ?? tasks.examples, dev: tasks.dev, test: tasks.test },
    run: {
      id,
      name: `${dataset.parsed.fileName.replace(/\.[^.]+$/, "")} on ${short}`,
      createdAt,
      status: "running",
      problem: null,
      base: { id: choice.baseName, revision: "", sha256: "", dim: 0 },
      dataset: {
        name: dataset.parsed.fileName,
        fingerprint,
        rows: rows.rows.length,
        ...(mined && { mining: miningRecord(mined) }),
      },
      splitHash: dataset.split.hash,
      hyperparameters: choice.hyperparameters,
      instruction,
      device: null,
      selfTest: null,
      lastStep: null,
      dev: emptyDevSummary(),
      test: { queries: tasks.test.queries.length, documents: tasks.test.corpus.length },
      baseline: null,
      tuned: null,
      bm25: null,
      comparisons: [],
      artifact: null,
      registryVersion: null,
    },
  };
};
