import {
  adapterOf,
  adapterShapes,
  buildArtifact,
  memoryFolder,
  PROBE_TEXTS,
  PROBE_TOKENS,
  readAdapter,
  SAME_MODEL_COSINE,
  mustDifferFromBase,
  smallestCosine,
  verifyArtifact,
  type Adapter,
  type ArtifactInput,
  type FolderFile,
  type ReferenceEmbeddings,
} from "../domain/artifact/index.ts";
import { StudioError } from "../domain/errors.ts";
import { PROJECTIONS } from "../domain/modelConfig.ts";
import type { Hyperparameters } from "../domain/training/types.ts";
import { embedTexts, type LoadedBase } from "./model/base.ts";
import { LoraAdapter, type AdapterView } from "./model/lora.ts";
import type { RunResult } from "./training/run.ts";
import { ENGINE_VERSION } from "./version.ts";

/** What the artifact records besides the base and the adapter, which the engine has. */
export type ExportOptions = Omit<
  ArtifactInput,
  "base" | "baseSha256" | "adapter" | "reference" | "engine" | "device"
> & {
  commit: string | null;
};

/**
 * The artifact folder of an adapter. Before it is given out, the written files are verified and loaded again: their
 * embeddings must be those of the adapter in memory, and must differ from the base's.
 *
 * @throws StudioError `artifact-invalid`, `artifact-differs`, `artifact-unchanged`
 */
export const exportArtifact = async (
  base: LoadedBase,
  adapter: LoraAdapter,
  record: ExportOptions,
): Promise<FolderFile[]> => {
  const probe = async (view: AdapterView | null): Promise<ReferenceEmbeddings["tuned"]> => {
    const embed = async (kind: "query" | "document"): Promise<Float32Array> =>
      (await embedTexts(base, view, PROBE_TEXTS, { kind, prompts: record.prompts, maxTokens: PROBE_TOKENS })).data;
    return { query: await embed("query"), document: await embed("document") };
  };
  const dim = base.config.hidden;
  const reference: ReferenceEmbeddings = { dim, baseline: await probe(null), tuned: await probe(adapter) };
  const files = await writeVerified(base, await adapter.read(), reference, record);
  const written = await readAdapter(memoryFolder(files), base.config);
  const reloaded = LoraAdapter.from(base.session.kernels, base.config, written);
  try {
    compare(reference, await probe(reloaded));
  } finally {
    reloaded.dispose();
  }
  return files;
};

/** What an artifact says of the training that made it. */
export const trainingOf = ({
  stepsDone,
  bestStep,
  seconds,
  finished,
  chunkPairs,
  precision,
}: Pick<RunResult, "stepsDone" | "bestStep" | "seconds" | "finished" | "chunkPairs" | "precision">): NonNullable<
  ExportOptions["training"]
> => ({
  steps: stepsDone,
  bestStep,
  seconds,
  finished,
  chunkPairs,
  precision,
});

/** What is known of an artifact before its run begins. */
export type RehearsalOptions = Omit<ExportOptions, "training" | "selfTest" | "evaluation" | "hyperparameters"> & {
  hyperparameters: Hyperparameters;
};

/**
 * Writes the artifact of a run that has not begun, in memory, with numbers in place of those to come, and verifies it.
 * Whatever would keep the result from being written (a file that the base lacks, an adapter to go on from that cannot be
 * described, a name too long) is said now and not after the last step.
 *
 * @param start the adapter that training goes on from; null for a fresh one
 * @returns bytes of the folder
 * @throws StudioError as {@link exportArtifact}
 */
export const rehearseExport = async (
  base: LoadedBase,
  start: Adapter | null,
  record: RehearsalOptions,
): Promise<number> => {
  const { hidden: dim } = base.config;
  const units = Float32Array.from({ length: PROBE_TEXTS.length * dim }, (_, i) => (i % dim === 0 ? 1 : 0));
  const side = { query: units, document: units };
  const files = await writeVerified(
    base,
    start ?? zeroAdapter(base, record.hyperparameters),
    { dim, baseline: side, tuned: side },
    {
      ...record,
      training: { steps: 0, bestStep: 0, seconds: 0, finished: false },
      selfTest: null,
      evaluation: null,
    },
  );
  return files.reduce((sum, { bytes }) => sum + bytes.length, 0);
};

/** A fresh adapter's tensors as far as their shapes go. */
const zeroAdapter = ({ config }: LoadedBase, { rank, alpha }: { rank: number; alpha: number }): Adapter => {
  const shapes = adapterShapes(config, { rank, targets: PROJECTIONS });
  return adapterOf(
    rank,
    alpha,
    new Map([...shapes].map(([name, [rows, columns]]) => [name, new Float32Array(rows * columns)])),
  );
};

/** The folder's files. @throws StudioError `artifact-invalid` when they do not pass verification, and what the writer throws */
const writeVerified = async (
  base: LoadedBase,
  adapter: Adapter,
  reference: ReferenceEmbeddings,
  { commit, ...record }: ExportOptions,
): Promise<FolderFile[]> => {
  const files = await buildArtifact({
    ...record,
    base: base.files,
    baseSha256: base.model.weights.sha256,
    adapter,
    engine: { version: ENGINE_VERSION, commit },
    device: base.session.device,
    reference,
  });
  const expected = { sha256: base.model.weights.sha256, config: base.config };
  const { problems } = await verifyArtifact(memoryFolder(files), expected);
  const [problem] = problems;
  if (problem)
    throw new StudioError(
      "artifact-invalid",
      `The written artifact is not whole: ${problem.message}`,
      "Export it again; if it stays, this is a defect in the studio.",
    );
  return files;
};

const compare = ({ dim, baseline, tuned }: ReferenceEmbeddings, reloaded: ReferenceEmbeddings["tuned"]): void => {
  const kinds = ["query", "document"] as const;
  const same = Math.min(...kinds.map((kind) => smallestCosine(reloaded[kind], tuned[kind], dim)));
  if (!(same >= SAME_MODEL_COSINE))
    throw new StudioError(
      "artifact-differs",
      `The written adapter gives other embeddings than the one in memory (cosine ${same.toFixed(6)}).`,
      "Export it again; if it stays, this is a defect in the studio.",
    );
  mustDifferFromBase({ dim, baseline, tuned }, "Train for more steps or with a higher learning rate.");
};
