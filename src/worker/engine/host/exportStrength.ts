import {
  evaluationRecordSchema,
  MANIFEST_PATH,
  memoryFolder,
  parseManifest,
  readAdapter,
  scaledAdapter,
  trainedHere,
} from "../../../domain/artifact/index.ts";
import { compareAll } from "../../../domain/evaluation/index.ts";
import { readJson } from "../../../domain/modelConfig.ts";
import { exportArtifact, LoraAdapter, type LoadedBase } from "../../../engine/index.ts";
import type { ArtifactFile, ExportStrengthRequest } from "../protocol.ts";

/**
 * A version of its own from a run's artifact: the adapter at a share of its strength, with scores of its own and the run's data and
 * training. The manifest says which run and strength it came from.
 * @throws StudioError `adapter-mismatch` where the artifact was tuned from another base
 */
export const exportStrength = async (
  base: LoadedBase,
  { artifact, strength, runId, name, baseline, tuned }: ExportStrengthRequest,
  commit: string | null,
): Promise<ArtifactFile[]> => {
  const folder = memoryFolder(artifact);
  const manifest = trainedHere(parseManifest(await folder.read(MANIFEST_PATH)));
  const { components, kinds } = evaluationRecordSchema.parse(await readJson(folder, "evaluation.json"));
  const adapter = scaledAdapter(await readAdapter(folder, base.config), strength);
  const { dataset, split, hyperparameters, training, selfTest, prompt } = manifest;
  const onDevice = LoraAdapter.from(base.session.kernels, base.config, adapter);
  try {
    return await exportArtifact(base, onDevice, {
      name,
      runId,
      createdAt: new Date().toISOString(),
      prompts: { query: prompt.query, document: prompt.document },
      instruction: prompt.instruction,
      scaled: { runId: manifest.runId, fingerprint: manifest.fingerprint, strength },
      dataset,
      split,
      hyperparameters,
      training,
      selfTest: selfTest && {
        ...selfTest,
        checks: selfTest.checks.map((check) => ({ ...check, error: check.error ?? NaN })),
      },
      evaluation: { baseline, tuned, comparisons: compareAll(baseline, tuned), components, kinds },
      commit,
    });
  } finally {
    onDevice.dispose();
  }
};
