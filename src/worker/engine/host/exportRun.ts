import { testFacts } from "../../../domain/artifact/index.ts";
import { compareAll } from "../../../domain/evaluation/index.ts";
import { sha256Hex } from "../../../domain/hashing.ts";
import type { RunTexts } from "../../../domain/run/texts.ts";
import { promptsFor } from "../../../domain/text/prompts.ts";
import { exportArtifact, rehearseExport, trainingOf, type LoadedBase } from "../../../engine/index.ts";
import type { ArtifactFile, ExportRequest, TrainRequest } from "../protocol.ts";
import { noAdapter, type RunData, type Tuned } from "./loadedModels.ts";

/** What of a run's data its artifact states. */
export const dataOf = ({ examples, dev, test }: RunTexts): RunData => ({
  split: {
    hash: test.splitHash,
    train: examples.length,
    dev: dev?.queries.length ?? 0,
    test: test.queries.length,
  },
  test: testFacts(test),
});

/** Says before the first step what would keep the result from being written. Name and data set come with the export. */
export const rehearseRun = async (
  base: LoadedBase,
  { runId, instruction, hyperparameters }: TrainRequest,
  { split }: RunData,
  commit: string | null,
): Promise<void> => {
  await rehearseExport(base, null, {
    name: runId,
    runId,
    createdAt: new Date().toISOString(),
    prompts: promptsFor(base.prompts, instruction),
    instruction,
    dataset: { name: "", fingerprint: sha256Hex(""), rows: 0 },
    split,
    hyperparameters,
    commit,
  });
};

/** The artifact of a run whose adapter is in memory. @throws StudioError `adapter-missing` for an adapter that was loaded */
export const exportRun = async (
  base: LoadedBase,
  { adapter, prompts, run }: Tuned,
  { runId, name, dataset, baseline, tuned }: ExportRequest,
  commit: string | null,
): Promise<ArtifactFile[]> => {
  if (!run) throw noAdapter();
  const { request, result, data } = run;
  return exportArtifact(base, adapter, {
    name,
    runId,
    createdAt: new Date().toISOString(),
    prompts,
    instruction: request.instruction,
    dataset,
    split: data.split,
    hyperparameters: request.hyperparameters,
    training: trainingOf(result),
    selfTest: result.selfTest,
    evaluation: { baseline, tuned, comparisons: compareAll(baseline, tuned), ...data.test },
    commit,
  });
};
