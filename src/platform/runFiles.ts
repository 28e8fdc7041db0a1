import type { ArtifactStorage, CheckpointStorage, RunInputs, RunInputsStorage } from "../app/runs/ports.ts";
import { present } from "../domain/present.ts";
import { listFiles, readFile, removePath, writeFile } from "./opfs.ts";

/** Everything of a run that is too large for its record lies under `runs/<id>/` in the origin-private file system. */
const artifactFolder = (runId: string): string => `runs/${runId}/artifact`;
const inputsFile = (runId: string): string => `runs/${runId}/inputs.json`;

/** The step is in the name, so that tensors and step are replaced by one write. */
const checkpointFolder = (runId: string): string => `runs/${runId}/checkpoints`;
const stepOf = (name: string): number => Number(/^step-(\d+)\.safetensors$/.exec(name)?.[1] ?? -1);

const newestStep = async (runId: string): Promise<number | null> => {
  const steps = (await listFiles(checkpointFolder(runId))).map(stepOf);
  const newest = Math.max(-1, ...steps);
  return newest < 0 ? null : newest;
};

export const checkpointStorage: CheckpointStorage = {
  async save({ runId, step, tensors }) {
    const kept = `step-${step}.safetensors`;
    await writeFile(`${checkpointFolder(runId)}/${kept}`, tensors);
    for (const name of await listFiles(checkpointFolder(runId)))
      if (name !== kept) await removePath(`${checkpointFolder(runId)}/${name}`);
  },
  async load(runId) {
    const step = await newestStep(runId);
    if (step === null) return null;
    const tensors = await readFile(`${checkpointFolder(runId)}/step-${step}.safetensors`);
    return tensors && { runId, step, tensors };
  },
  newestStep,
  remove: (runId) => removePath(checkpointFolder(runId)),
};

export const runInputsStorage: RunInputsStorage = {
  save: (runId, inputs) => writeFile(inputsFile(runId), JSON.stringify(inputs)),
  async load(runId) {
    const stored = await readFile(inputsFile(runId));
    return stored && (JSON.parse(new TextDecoder().decode(stored)) as RunInputs);
  },
  remove: (runId) => removePath(`runs/${runId}`),
};

export const artifactStorage: ArtifactStorage = {
  async save(runId, files) {
    await removePath(artifactFolder(runId));
    for (const { path, bytes } of files) await writeFile(`${artifactFolder(runId)}/${path}`, bytes);
  },
  async load(runId) {
    const paths = await listFiles(artifactFolder(runId));
    return Promise.all(
      paths.map(async (path) => ({ path, bytes: present(await readFile(`${artifactFolder(runId)}/${path}`), path) })),
    );
  },
  remove: (runId) => removePath(artifactFolder(runId)),
};
