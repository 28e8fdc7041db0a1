import type { DatasetIdentity } from "../dataset/types.ts";
import { StudioError } from "../errors.ts";
import type { Comparison, RetrievalEvaluation } from "../evaluation/types.ts";
import { sha256Hex } from "../hashing.ts";
import { parseModelConfig, readJson, type ModelConfig } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import type { DeviceReport, Hyperparameters, SelfTestReport } from "../training/types.ts";
import { adapterFile, type Adapter } from "./adapter.ts";
import { peftConfig } from "./adapterConfig.ts";
import { BASE_CONFIG_PATH } from "./baseConfig.ts";
import { changesIn, type QueryChanges } from "./cardLimits.ts";
import { evaluationRecord, type TestKind } from "./evaluationRecord.ts";
import { buildManifest, MANIFEST_PATH, tokensOf, type Manifest } from "./manifest.ts";
import { IMPORTED_VERSION, MANIFEST_VERSION } from "./manifestSchema.ts";
import type { Imported } from "./imported.ts";
import { modelCard } from "./modelCard.ts";
import { REFERENCE_PATH, writeReference, type ReferenceEmbeddings } from "./probes.ts";
import {
  jsonBytes,
  leftPadded,
  sentenceTransformersFiles,
  withOnnxData,
  type Prompts,
} from "./sentenceTransformers.ts";

/** One file of an artifact folder. */
export interface FolderFile {
  /** Forward-slash path inside the folder. */
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Everything an artifact records. */
export interface ArtifactInput {
  name: string;
  runId: string;
  /** ISO 8601 */
  createdAt: string;
  engine: { version: string; commit: string | null };
  base: ModelFiles;
  /** SHA-256 of the base's model.safetensors. */
  baseSha256: string;
  adapter: Adapter;
  prompts: Prompts;
  /** The task sentence, null when the base's own prompt was kept. */
  instruction: string | null;
  /** How it came in, where it was trained elsewhere; data, split, hyperparameters and training are null then. */
  imported?: Imported;
  /** Where it is the adapter of another artifact at a share of its strength. */
  scaled?: Manifest["scaled"];
  dataset: DatasetIdentity | null;
  split: Manifest["split"];
  hyperparameters: Hyperparameters | null;
  training: Manifest["training"];
  device: DeviceReport | null;
  selfTest: SelfTestReport | null;
  /** Null when the run had no test set. `components` are those of the test queries, for clustered intervals; `kinds` what the card parts them by. */
  evaluation: {
    baseline: RetrievalEvaluation;
    tuned: RetrievalEvaluation;
    comparisons: Comparison[];
    components: number[];
    kinds?: TestKind[] | undefined;
  } | null;
  reference: ReferenceEmbeddings;
}

/** Tokenizer files that a folder may have; only the first two exist in every one. */
export const TOKENIZER_FILES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
];

/**
 * The artifact folder: PEFT adapter, tokenizer, sentence-transformers files, model card, reference embeddings, manifest.
 * Merged weights are never in it: a library that finds both would apply the adapter to weights that have it already.
 * Equal input gives equal bytes. No text of the data set is in it.
 * @throws StudioError `model-file-missing` when the base lacks a file that the folder needs
 */
export const buildArtifact = async (input: ArtifactInput): Promise<FolderFile[]> => {
  const baseConfig = (await readJson(input.base, "config.json")) as Record<string, unknown>;
  const config = parseModelConfig(baseConfig);
  const json: Record<string, unknown> = {
    "adapter_config.json": peftConfig(input.adapter, { id: input.base.id, revision: hubRevision(input.base) }),
    [BASE_CONFIG_PATH]: withOnnxData(baseConfig),
    "tokenizer_config.json": leftPadded(
      (await readJson(input.base, "tokenizer_config.json")) as Record<string, unknown>,
    ),
    ...sentenceTransformersFiles(config, input.prompts, tokenLimit(input, config)),
    ...(input.evaluation ? { "evaluation.json": evaluationRecord(input.evaluation) } : {}),
  };
  const files: FolderFile[] = [
    { path: "adapter_model.safetensors", bytes: adapterFile(input.adapter, config) },
    { path: REFERENCE_PATH, bytes: writeReference(input.reference) },
    ...Object.entries(json).map(([path, value]) => ({ path, bytes: jsonBytes(value) })),
    ...(await tokenizerFiles(input.base)),
  ];
  // The card shows the manifest's numbers and the manifest lists the card: the card comes from one without it.
  const card = modelCard(manifestOf(input, config.hidden, files), changesOf(input));
  files.push({ path: "README.md", bytes: new TextEncoder().encode(card) });
  files.push({ path: MANIFEST_PATH, bytes: jsonBytes(manifestOf(input, config.hidden, files)) });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
};

const changesOf = ({ evaluation }: Pick<ArtifactInput, "evaluation">): QueryChanges | null =>
  evaluation && changesIn(evaluationRecord(evaluation));

/** Longest text in tokens that the run has read, prompt and end token counted. */
const tokenLimit = (
  input: Pick<ArtifactInput, "hyperparameters" | "imported">,
  { maxPositions }: Pick<ModelConfig, "maxPositions">,
): number => Math.min(tokensOf(input), maxPositions);

const tokenizerFiles = async (base: ModelFiles): Promise<FolderFile[]> => {
  const found: FolderFile[] = [];
  for (const path of TOKENIZER_FILES.filter((file) => file !== "tokenizer_config.json"))
    if ((await base.size(path)) !== null) found.push({ path, bytes: new Uint8Array(await base.read(path)) });
    else if (path === "tokenizer.json")
      throw new StudioError(
        "model-file-missing",
        "The model folder has no tokenizer.json.",
        "Choose a complete model folder.",
      );
  return found;
};

/** A commit of the hub; `bundled` and `local` are no revisions to others. */
const hubRevision = ({ revision }: ModelFiles): string | null => (/^[0-9a-f]{40}$/.test(revision) ? revision : null);

const manifestOf = (input: ArtifactInput, dimension: number, files: FolderFile[]): Manifest => {
  const { adapter, evaluation, selfTest } = input;
  return buildManifest({
    schemaVersion: input.imported ? IMPORTED_VERSION : MANIFEST_VERSION,
    name: input.name,
    runId: input.runId,
    createdAt: input.createdAt,
    engine: { name: "recall-studio", ...input.engine },
    base: { id: input.base.id, revision: input.base.revision, sha256: input.baseSha256 },
    adapter: {
      type: "lora",
      rank: adapter.rank,
      alpha: adapter.alpha,
      scaling: adapter.scaling,
      targetModules: [...adapter.targets],
      parameters: [...adapter.tensors.values()].reduce((sum, values) => sum + values.length, 0),
    },
    prompt: { query: input.prompts.query, document: input.prompts.document, instruction: input.instruction },
    dimension,
    ...(input.imported && { imported: input.imported }),
    ...(input.scaled && { scaled: input.scaled }),
    dataset: input.dataset,
    split: input.split,
    hyperparameters: input.hyperparameters,
    seed: input.hyperparameters?.seed ?? null,
    training: input.training,
    device: input.device,
    selfTest: selfTest && {
      ...selfTest,
      // An error that is not finite has no JSON form; the check is then marked as failed anyway.
      checks: selfTest.checks.map((check) => ({ ...check, error: Number.isFinite(check.error) ? check.error : null })),
    },
    evaluation: evaluation && {
      splitHash: evaluation.tuned.splitHash,
      queries: evaluation.tuned.queries,
      corpus: evaluation.tuned.corpus,
      baseline: evaluation.baseline.metrics,
      tuned: evaluation.tuned.metrics,
      ...(evaluation.tuned.measuredOn && { measuredOn: evaluation.tuned.measuredOn }),
      comparisons: evaluation.comparisons,
    },
    files: files.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256Hex(bytes) })),
  });
};
