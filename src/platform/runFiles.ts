import type { ArtifactStorage, CheckpointStorage, RunFiles } from "../app/runs/ports.ts";
import type { RetrievalTask } from "../domain/evaluation/types.ts";
import { present } from "../domain/present.ts";
import { packRunTexts, type RunTexts } from "../domain/run/texts.ts";
import type { BaseRef } from "../worker/engine/protocol.ts";
import type { RunTextStorage } from "../worker/data/storage.ts";
import { earlierTestTask } from "./database.ts";
import { listFiles, readFile, removePath, writeFile } from "./opfs.ts";

/** Everything of a run that is too large for its record lies under `runs/<id>/` in the origin-private file system. */
const artifactFolder = (runId: string): string => `runs/${runId}/artifact`;
const textsFile = (runId: string): string => `runs/${runId}/texts.safetensors`;
/** Where earlier versions kept the texts. */
const earlierTextsFile = (runId: string): string => `runs/${runId}/inputs.json`;

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

type EarlierTexts = Omit<RunTexts, "test"> & { base: BaseRef; test?: RetrievalTask };

/** What an earlier version stored of a run, in today's form; null when there is nothing. */
const bringForward = async (runId: string) => {
  const file = await readFile(earlierTextsFile(runId));
  if (!file) return null;
  const { base, examples, dev, ...stored } = JSON.parse(new TextDecoder().decode(file)) as EarlierTexts;
  const test = stored.test ?? (await earlierTestTask(runId));
  if (!test) return null;
  const texts = packRunTexts({ examples, dev, test }, { base: JSON.stringify(base) });
  await writeFile(textsFile(runId), texts);
  await removePath(earlierTextsFile(runId));
  return texts;
};

export const runTextStorage: RunTextStorage = {
  save: (runId, texts) => writeFile(textsFile(runId), texts),
  load: async (runId) => (await readFile(textsFile(runId))) ?? bringForward(runId),
};

/** All files of a run together. */
export const runFiles: RunFiles = { remove: (runId) => removePath(`runs/${runId}`) };

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
