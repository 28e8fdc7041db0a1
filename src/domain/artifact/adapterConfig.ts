import { z } from "zod";
import { StudioError } from "../errors.ts";
import type { Projection } from "../modelConfig.ts";

/** What a LoRA adapter is besides its tensors. */
export interface LoraSettings {
  rank: number;
  alpha: number;
  targets: readonly Projection[];
  /** Rank-stabilized LoRA (Kalajdzievski 2023): the scaling is alpha / √rank. */
  rankStabilized: boolean;
  /** Factor on B·A, {@link loraScaling} of the others. */
  scaling: number;
}

/** alpha / rank, or alpha / √rank with rank-stabilized LoRA. */
const loraScaling = ({ rank, alpha, rankStabilized }: Omit<LoraSettings, "targets" | "scaling">): number =>
  alpha / (rankStabilized ? Math.sqrt(rank) : rank);

/**
 * `adapter_config.json` with the keys of PEFT 0.21, in PEFT's (alphabetical) order. PEFT ignores unknown keys since 0.14
 * and fills missing ones with these same values, so the file means one thing to every version.
 */
export const peftConfig = (
  settings: LoraSettings,
  base: { id: string; revision: string | null },
): Record<string, unknown> => ({
  alora_invocation_tokens: null,
  alpha_pattern: {},
  arrow_config: null,
  auto_mapping: null,
  base_model_name_or_path: base.id,
  bias: "none",
  corda_config: null,
  ensure_weight_tying: false,
  eva_config: null,
  exclude_modules: null,
  fan_in_fan_out: false,
  inference_mode: true,
  init_lora_weights: true,
  kasa_config: null,
  layer_replication: null,
  layers_pattern: null,
  layers_to_transform: null,
  loftq_config: {},
  lora_alpha: settings.alpha,
  lora_bias: false,
  lora_dropout: 0,
  lora_ga_config: null,
  megatron_config: null,
  megatron_core: "megatron.core",
  modules_to_save: null,
  monteclora_config: null,
  peft_type: "LORA",
  peft_version: "0.21.0",
  qalora_group_size: 16,
  r: settings.rank,
  rank_pattern: {},
  revision: base.revision,
  target_modules: [...settings.targets],
  target_parameters: null,
  task_type: "FEATURE_EXTRACTION",
  trainable_token_indices: null,
  use_bdlora: null,
  use_dora: false,
  use_qalora: false,
  use_rslora: settings.rankStabilized,
  velora_config: null,
});

/** What PEFT's adapter_config.json says of an adapter. Which modules it adapts is said by its tensors. */
export interface PeftSettings extends Omit<LoraSettings, "targets"> {
  taskType: string | null;
  /** Id or path of the base it was trained on. */
  base: string | null;
}

// Optional: a missing key means off to PEFT, and its older versions wrote fewer.
const off = z.union([z.literal(false), z.null()]).optional();
const empty = z.union([z.null(), z.object({}).strict(), z.tuple([])]).optional();

/**
 * Initializations that leave the base's weights alone, so that the saved A and B are the whole change. The others (pissa,
 * olora, corda, loftq, lora_ga) take something out of the base that the adapter's file does not hold.
 */
const plainStart = z.union([z.boolean(), z.null(), z.enum(["gaussian", "eva", "orthogonal", "mica"])]).optional();

/**
 * Only what this engine computes; each refused field changes the arithmetic. `fan_in_fan_out` is not looked at: it is about
 * transposed layers, which Qwen3 has none of, and PEFT itself takes it back for them.
 */
const schema = z.object({
  peft_type: z.literal("LORA"),
  r: z.int().positive().max(4096),
  lora_alpha: z.number().positive(),
  task_type: z.string().nullish(),
  base_model_name_or_path: z.string().nullish(),
  bias: z.literal("none").nullish(),
  init_lora_weights: plainStart,
  use_rslora: z.boolean().nullish(),
  lora_bias: off,
  alpha_pattern: z.record(z.string(), z.number().positive()).nullish(),
  rank_pattern: z.record(z.string(), z.int().positive().max(4096)).nullish(),
  modules_to_save: empty,
  layer_replication: empty,
  target_parameters: empty,
  trainable_token_indices: empty,
  alora_invocation_tokens: empty,
});

/** Settings of an initialization that is over when the adapter is saved. */
const STARTS = ["eva_config", "corda_config", "lora_ga_config", "loftq_config"];

/**
 * Switches of variants, those of later versions of PEFT too: each `use_…` and `…_config` that is on. PEFT itself passes by
 * keys that it does not know and applies a plain adapter.
 */
const variants = (json: Record<string, unknown>): string[] =>
  Object.entries(json)
    .filter(
      ([key, value]) =>
        (/^use_/.test(key) ? key !== "use_rslora" && value !== false : /_config$/.test(key) && !STARTS.includes(key)) &&
        !empty.safeParse(value).success,
    )
    .map(([key]) => key);

/**
 * Reads PEFT's adapter_config.json. What it says of single modules is read by `modulePatterns`.
 * @throws StudioError `adapter-unsupported` naming the fields, with their values, that ask for something other than plain
 * LoRA on the seven projections (DoRA, per-module ranks, biases, saved modules, a changed base, …)
 */
export const parsePeftConfig = (json: unknown): PeftSettings => {
  const given = (json !== null && typeof json === "object" ? json : {}) as Record<string, unknown>;
  const parsed = schema.safeParse(json);
  const issues = parsed.error?.issues.map((issue) => String(issue.path[0] ?? "the whole file")) ?? [];
  const fields = [...new Set([...issues, ...variants(given)])];
  if (!parsed.success || fields.length > 0)
    throw new StudioError(
      "adapter-unsupported",
      `adapter_config.json asks for something this engine does not compute: ${fields.map((field) => shown(field, given[field])).join(", ")}.`,
      cureOf(fields, given),
    );
  const { r, lora_alpha, use_rslora, task_type, base_model_name_or_path } = parsed.data;
  const settings = { rank: r, alpha: lora_alpha, rankStabilized: use_rslora === true };
  return {
    ...settings,
    scaling: loraScaling(settings),
    taskType: task_type ?? null,
    base: base_model_name_or_path ?? null,
  };
};

/** What a person does about fields that are refused. */
const cureOf = (fields: readonly string[], given: Record<string, unknown>): string => {
  const merge = "merge it in PEFT (merge_and_unload) and import or serve the merged folder";
  if (fields.includes("init_lora_weights") && typeof given.init_lora_weights === "string")
    return `Such a start changes the base's weights, and the adapter's file lacks that change. Save the adapter with save_pretrained(folder, path_initial_model_for_weight_conversion=…), which makes it a plain one, or ${merge}.`;
  if (fields.includes("modules_to_save") || fields.includes("trainable_token_indices"))
    return `Parts of the base were trained as a whole, which no LoRA adapter holds. Train without them, or ${merge}.`;
  return `Use a plain LoRA adapter on q, k, v, o, gate, up or down projections, or ${merge}.`;
};

/** A field with its value, where that is short. */
const shown = (field: string, value: unknown): string => {
  const text = value === undefined ? "" : JSON.stringify(value);
  return text === "" || text.length > 60 ? field : `${field} (${text})`;
};
