import { z } from "zod";
import { StudioError } from "./errors.ts";
import type { ModelFiles } from "./modelFiles.ts";

/** Shape of a Qwen3 embedding model, from its config.json. */
export interface ModelConfig {
  hidden: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  intermediate: number;
  vocab: number;
  rmsEps: number;
  ropeTheta: number;
  /** Positions the model was made for. */
  maxPositions: number;
}

const positive = z.int().positive();
const schema = z.object({
  model_type: z.literal("qwen3"),
  hidden_size: positive,
  num_hidden_layers: positive,
  num_attention_heads: positive,
  num_key_value_heads: positive,
  head_dim: positive.optional(),
  intermediate_size: positive,
  vocab_size: positive,
  rms_norm_eps: z.number().positive(),
  max_position_embeddings: positive,
  hidden_act: z.literal("silu"),
  attention_bias: z.literal(false).optional(),
  use_sliding_window: z.literal(false).optional(),
  rope_theta: z.number().positive().optional(),
  rope_scaling: z.null().optional(),
  /** transformers 5 writes theta here. */
  rope_parameters: z
    .object({ rope_theta: z.number().positive(), rope_type: z.literal("default").optional() })
    .optional(),
});

/**
 * Reads config.json in transformers 4's and 5's spelling.
 * @throws StudioError `config-unsupported` naming the fields that this engine does not compute (sliding windows, scaled
 * rotary tables, biases, another architecture)
 */
export const parseModelConfig = (json: unknown): ModelConfig => {
  const parsed = schema.safeParse(json);
  const theta = parsed.data?.rope_parameters?.rope_theta ?? parsed.data?.rope_theta;
  if (!parsed.success || theta === undefined) {
    const fields = parsed.error?.issues.map((issue) => issue.path.join(".")) ?? ["rope_theta"];
    throw new StudioError(
      "config-unsupported",
      `config.json is not that of a plain Qwen3 model: ${[...new Set(fields)].join(", ") || "it is no object"}.`,
      "Use a model of the Qwen3-Embedding layout.",
    );
  }
  const config = parsed.data;
  return {
    hidden: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads,
    headDim: config.head_dim ?? config.hidden_size / config.num_attention_heads,
    intermediate: config.intermediate_size,
    vocab: config.vocab_size,
    rmsEps: config.rms_norm_eps,
    ropeTheta: theta,
    maxPositions: config.max_position_embeddings,
  };
};

/** The config of a model folder. */
export const readModelConfig = async (files: ModelFiles): Promise<ModelConfig> =>
  parseModelConfig(await readJson(files, "config.json"));

/** A JSON file of a model folder. @throws StudioError `model-file-missing`, `model-file-invalid` */
export const readJson = async (files: Pick<ModelFiles, "size" | "read">, path: string): Promise<unknown> => {
  if ((await files.size(path)) === null)
    throw new StudioError("model-file-missing", `The model folder has no ${path}.`, "Choose a complete model folder.");
  const bytes = await files.read(path);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new StudioError("model-file-invalid", `${path} is not valid JSON.`, "Download or export the model again.", {
      cause,
    });
  }
};

/** The seven linear maps that LoRA tunes, by their place in a layer. */
export const PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** Path of a projection inside its layer: `self_attn.q_proj`, `mlp.up_proj`. */
export const projectionPath = (projection: Projection): string =>
  `${["gate_proj", "up_proj", "down_proj"].includes(projection) ? "mlp" : "self_attn"}.${projection}`;

/** [out, in] of a projection's weight. */
export const projectionShape = (config: ModelConfig, projection: Projection): [number, number] => {
  const { hidden, heads, kvHeads, headDim, intermediate } = config;
  switch (projection) {
    case "q_proj":
      return [heads * headDim, hidden];
    case "k_proj":
    case "v_proj":
      return [kvHeads * headDim, hidden];
    case "o_proj":
      return [hidden, heads * headDim];
    case "gate_proj":
    case "up_proj":
      return [intermediate, hidden];
    case "down_proj":
      return [hidden, intermediate];
  }
};

/** Every tensor of a checkpoint of this config, unprefixed, with its shape: 310 for the 0.6B model. */
export const modelTensors = (config: ModelConfig): Map<string, number[]> => {
  const shapes = new Map<string, number[]>([["embed_tokens.weight", [config.vocab, config.hidden]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    const set = (path: string, shape: number[]) => shapes.set(`layers.${layer}.${path}.weight`, shape);
    set("input_layernorm", [config.hidden]);
    set("post_attention_layernorm", [config.hidden]);
    set("self_attn.q_norm", [config.headDim]);
    set("self_attn.k_norm", [config.headDim]);
    for (const projection of PROJECTIONS) set(projectionPath(projection), projectionShape(config, projection));
  }
  return shapes.set("norm.weight", [config.hidden]);
};

/** Numbers that a model of this config holds: 595,776,512 for the 0.6B model. */
export const parameterCount = (config: ModelConfig): number =>
  [...modelTensors(config).values()].reduce(
    (sum, shape) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
