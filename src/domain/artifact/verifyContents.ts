import { HEADLINE_METRIC } from "../evaluation/metrics.ts";
import { modelTensors, parseModelConfig, readJson, type ModelConfig } from "../modelConfig.ts";
import { retentionOf, type RetentionScores } from "../retention/index.ts";
import { parseHeader, readHeader, toFloat32 } from "../safetensors/index.ts";
import { allFinite, canonicalName } from "./adapter.ts";
import { parsePeftConfig } from "./adapterConfig.ts";
import { isUniform } from "./adapterPatterns.ts";
import { baseConfigPath } from "./baseConfig.ts";
import { evaluationRecordSchema, type EvaluationRecord } from "./evaluationRecord.ts";
import type { FolderAccess } from "./folderAccess.ts";
import { MANIFEST_PATH, tokensOf, type Manifest } from "./manifest.ts";
import { readReference, REFERENCE_PATH } from "./probes.ts";
import { parseAdapter } from "./readAdapter.ts";

/** What the verifier holds against the artifact, where it knows the base. */
export interface ExpectedBase {
  sha256: string;
  config: ModelConfig;
}

/** Notes a problem with a file. */
export type Add = (file: string, code: string, message: string, hint?: string) => void;

/** Bytes of merged weights read at a time. */
const CHUNK = 4 * 1024 * 1024;

/**
 * Checks of what the files of an artifact say, by file; each throws or notes what it finds. They trust that the files are
 * those of the manifest.
 */
export const contentChecks = (
  folder: FolderAccess,
  manifest: Manifest,
  base: ExpectedBase | null,
  add: Add,
): Record<string, () => Promise<void>> => {
  const json = (path: string) => readJson(folder, path);
  const configPath = baseConfigPath(manifest);
  const config = async () => parseModelConfig(await json(configPath));
  return {
    [MANIFEST_PATH]: async () => {
      if (base && manifest.base.sha256 !== base.sha256)
        add(
          MANIFEST_PATH,
          "base-mismatch",
          `The model was tuned from another base (${manifest.base.id}).`,
          "Upload it to a server that has this base.",
        );
    },
    [configPath]: async () => {
      const own = await config();
      const differing =
        base && Object.entries(base.config).filter(([key, value]) => own[key as keyof ModelConfig] !== value);
      if (differing?.length)
        add(
          configPath,
          "config-mismatch",
          `${configPath} differs from the base in ${differing.map(([key]) => key).join(", ")}.`,
        );
      if (own.hidden !== manifest.dimension)
        add(configPath, "config-mismatch", `${configPath} and the manifest give different dimensions.`);
    },
    "adapter_config.json": async () => {
      const peft = await json("adapter_config.json");
      const settings = parsePeftConfig(peft);
      const { adapter } = manifest;
      const agree =
        settings.rank === adapter.rank &&
        settings.alpha === adapter.alpha &&
        Math.abs(settings.scaling - adapter.scaling) < 1e-9 &&
        isUniform(peft) &&
        listed(peft).toSorted().join() === adapter.targetModules.toSorted().join();
      if (!agree)
        add(
          "adapter_config.json",
          "adapter-mismatch",
          "adapter_config.json and the manifest describe different adapters.",
        );
      if (settings.taskType !== "FEATURE_EXTRACTION")
        add("adapter_config.json", "adapter-mismatch", "The adapter's task type is not FEATURE_EXTRACTION.");
    },
    "adapter_model.safetensors": async () => {
      const file = await folder.read("adapter_model.safetensors");
      const odd = [...parseHeader(file).tensors.keys()].find((name) => canonicalName(name)?.name !== name);
      if (odd)
        add(
          "adapter_model.safetensors",
          "adapter-names",
          `Tensor ${odd} is not named as PEFT names it; some libraries would ignore it without a word.`,
        );
      const { tensors } = parseAdapter(await json("adapter_config.json"), file, await config());
      const parameters = [...tensors.values()].reduce((sum, values) => sum + values.length, 0);
      if (parameters !== manifest.adapter.parameters)
        add(
          "adapter_model.safetensors",
          "adapter-mismatch",
          "The adapter has another number of parameters than the manifest says.",
        );
    },
    "config_sentence_transformers.json": async () => {
      const { prompts } = (await json("config_sentence_transformers.json")) as { prompts?: Record<string, unknown> };
      if (prompts?.query !== manifest.prompt.query || prompts?.document !== manifest.prompt.document)
        add("config_sentence_transformers.json", "prompt-mismatch", "The prompts are not those of the manifest.");
    },
    "1_Pooling/config.json": async () => {
      const pooling = (await json("1_Pooling/config.json")) as Record<string, unknown>;
      if (pooling.pooling_mode_lasttoken !== true)
        add("1_Pooling/config.json", "pooling-mismatch", "The pooling is not that of the last token.");
    },
    "modules.json": async () => {
      const types = ((await json("modules.json")) as { type?: string }[]).map(({ type }) => type?.split(".").at(-1));
      if (types.join() !== "Transformer,Pooling,Normalize")
        add("modules.json", "pooling-mismatch", "The modules are not transformer, pooling and normalization.");
    },
    "tokenizer_config.json": async () => {
      const { padding_side } = (await json("tokenizer_config.json")) as { padding_side?: unknown };
      if (padding_side !== "left")
        add("tokenizer_config.json", "padding-mismatch", "The tokenizer does not pad on the left.");
    },
    "sentence_bert_config.json": async () => {
      if (manifest.schemaVersion === 1) return;
      const { max_seq_length } = (await json("sentence_bert_config.json")) as { max_seq_length?: unknown };
      if (max_seq_length !== Math.min(tokensOf(manifest), (await config()).maxPositions))
        add(
          "sentence_bert_config.json",
          "token-limit-mismatch",
          "The longest text in tokens is not that of the manifest.",
        );
    },
    "tokenizer.json": async () => void (await json("tokenizer.json")),
    "evaluation.json": async () => {
      if ((await folder.size("evaluation.json")) === null) return;
      const record = evaluationRecordSchema.safeParse(await json("evaluation.json"));
      if (
        !record.success ||
        record.data.splitHash !== manifest.evaluation?.splitHash ||
        record.data.measuredOn !== manifest.evaluation.measuredOn ||
        !meansAgree(record.data, manifest) ||
        !kindsFit(record.data)
      )
        add("evaluation.json", "evaluation-mismatch", "The scores of the queries do not give the manifest's scores.");
      if (record.data?.general && !isRetentionOf(record.data.general, manifest))
        add(
          "evaluation.json",
          "retention-mismatch",
          "The scores of the general set do not give the manifest's figure.",
        );
    },
    [REFERENCE_PATH]: async () => {
      if (readReference(await folder.read(REFERENCE_PATH)).dim !== manifest.dimension)
        add(REFERENCE_PATH, "reference-invalid", "The reference embeddings have another dimension than the model.");
    },
    "model.safetensors": async () => {
      const size = await folder.size("model.safetensors");
      if (size !== null) await checkMerged(folder, size, await config(), add);
    },
  };
};

/** `target_modules` as the studio writes it: the list of projections. */
const listed = (peft: unknown): string[] => {
  const { target_modules } = peft as { target_modules?: unknown };
  return Array.isArray(target_modules) ? target_modules.map(String) : [String(target_modules)];
};

const meansAgree = (
  record: { baseline: Record<string, number[]>; tuned: Record<string, number[]> },
  { evaluation }: Manifest,
): boolean =>
  (["baseline", "tuned"] as const).every((side) =>
    Object.entries(record[side]).every(
      ([metric, values]) =>
        values.length === evaluation?.queries &&
        Math.abs(
          values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length) -
            (evaluation[side][metric] ?? NaN),
        ) < 1e-6,
    ),
  );

/** Whether the manifest's figure follows from the scores: the interval is drawn with a fixed seed. */
const isRetentionOf = (scores: RetentionScores, { retention: stated }: Manifest): boolean => {
  if (!stated || scores.baseline.length !== scores.tuned.length || scores.set !== stated.set) return false;
  const { queries, baseline, tuned, delta, interval } = retentionOf(scores);
  const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;
  return (
    queries === stated.queries &&
    close(baseline, stated.baseline) &&
    close(tuned, stated.tuned) &&
    close(delta, stated.delta) &&
    close(interval[0], stated.interval[0]) &&
    close(interval[1], stated.interval[1])
  );
};

const checkMerged = async (folder: FolderAccess, size: number, config: ModelConfig, add: Add): Promise<void> => {
  const { tensors } = await readHeader((start, end) => folder.read("model.safetensors", start, end), size);
  for (const [name, shape] of modelTensors(config)) {
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== shape.join())
      return add(
        "model.safetensors",
        "merged-mismatch",
        `The merged weights have no ${name} of shape [${shape.join(", ")}].`,
      );
    for (let at = tensor.start; at < tensor.end; at += CHUNK) {
      const values = toFloat32(
        await folder.read("model.safetensors", at, Math.min(tensor.end, at + CHUNK)),
        tensor.dtype,
      );
      if (!allFinite(values))
        return add(
          "model.safetensors",
          "merged-not-finite",
          `The merged weights hold numbers that are not finite in ${name}.`,
        );
    }
  }
};

/** Kinds of queries name queries of the test. */
const kindsFit = ({ kinds = [], tuned }: EvaluationRecord): boolean => {
  const queries = tuned[HEADLINE_METRIC]?.length ?? 0;
  return kinds.every((kind) => kind.queries.every((query) => query < queries));
};
