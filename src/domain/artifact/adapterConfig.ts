import { z } from "zod";
import { StudioError } from "../errors.ts";
import { PROJECTIONS, type Projection } from "../modelConfig.ts";

/** What a LoRA adapter is besides its tensors. */
export interface LoraSettings {
  rank: number;
  alpha: number;
  targets: readonly Projection[];
  /** Factor on B·A: alpha / rank, or alpha / √rank with rank-stabilised LoRA. */
  scaling: number;
}

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
  use_rslora: false,
  velora_config: null,
});

const off = z.union([z.literal(false), z.null(), z.undefined()]);
const empty = z.union([z.null(), z.undefined(), z.object({}).strict(), z.tuple([])]);

/** Only what this engine computes; each refused field changes the arithmetic. */
const schema = z.object({
  peft_type: z.literal("LORA"),
  r: z.int().positive().max(4096),
  lora_alpha: z.number().positive(),
  target_modules: z.array(z.enum(PROJECTIONS)).min(1),
  task_type: z.string().nullish(),
  base_model_name_or_path: z.string().nullish(),
  bias: z.literal("none").optional(),
  use_rslora: z.boolean().optional(),
  use_dora: off,
  use_qalora: off,
  use_bdlora: off,
  lora_bias: off,
  fan_in_fan_out: off,
  alpha_pattern: empty,
  rank_pattern: empty,
  modules_to_save: empty,
  layers_to_transform: empty,
  layer_replication: empty,
  exclude_modules: empty,
  target_parameters: empty,
  trainable_token_indices: empty,
  alora_invocation_tokens: empty,
});

/**
 * Reads PEFT's adapter_config.json.
 * @throws StudioError `adapter-unsupported` naming the fields that ask for something other than plain LoRA on the seven
 * projections (DoRA, per-module ranks, biases, saved modules, a subset of layers, …)
 */
export const parsePeftConfig = (json: unknown): LoraSettings & { taskType: string | null; base: string | null } => {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const fields = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0] ?? "the whole file")))];
    throw new StudioError(
      "adapter-unsupported",
      `adapter_config.json asks for something this engine does not compute: ${fields.join(", ")}.`,
      "Use a plain LoRA adapter on q, k, v, o, gate, up or down projections.",
    );
  }
  const { r, lora_alpha, target_modules, use_rslora, task_type, base_model_name_or_path } = parsed.data;
  return {
    rank: r,
    alpha: lora_alpha,
    targets: PROJECTIONS.filter((projection) => target_modules.includes(projection)),
    scaling: lora_alpha / (use_rslora ? Math.sqrt(r) : r),
    taskType: task_type ?? null,
    base: base_model_name_or_path ?? null,
  };
};
