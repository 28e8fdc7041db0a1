import { peftName, type Adapter } from "../artifact/adapter.ts";
import { encode, mergedTensors, type MergedTensor } from "../artifact/merge.ts";
import { PROJECTIONS, projectionPath, projectionShape, readModelConfig, type ModelConfig } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { entry } from "../present.ts";
import { openCheckpoint } from "../safetensors/index.ts";
import { TENSOR_TYPES, type GgufTensor, type GgufType, type GgufValue } from "./format.ts";
import { quantizeQ8 } from "./q8.ts";
import { tokenizerMetadata } from "./tokenizer.ts";
import { ggufFile } from "./write.ts";

/** llama.cpp's names of what lies in a layer; it writes `blk.0.attn_q.weight` for `layers.0.self_attn.q_proj.weight`. */
const IN_LAYER: Readonly<Record<string, string>> = {
  input_layernorm: "attn_norm",
  post_attention_layernorm: "ffn_norm",
  "self_attn.q_norm": "attn_q_norm",
  "self_attn.k_norm": "attn_k_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};

/** llama.cpp's name of a tensor of the checkpoint. */
export const ggufName = (name: string): string => {
  if (name === "embed_tokens.weight") return "token_embd.weight";
  if (name === "norm.weight") return "output_norm.weight";
  const [, layer, path] = /^layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  const part = path === undefined ? undefined : IN_LAYER[path];
  if (part === undefined) throw new RangeError(`llama.cpp has no name for ${name}`);
  return `blk.${layer}.${part}.weight`;
};

/** llama.cpp's number for the type that most of a file has. */
const FILE_TYPES = { F32: 0, F16: 1, Q8_0: 7, BF16: 32 } as const satisfies Record<GgufType, number>;
/** The vector is that of the last token. */
const POOLING_LAST = 3;

/** A model to be written. */
export interface GgufModel {
  /** What it is called. */
  name: string;
  base: ModelFiles;
  /** Merged in; null writes the base itself. */
  adapter: Adapter | null;
}

/**
 * A model as one GGUF file for llama.cpp and what is built on it (Ollama, LM Studio): Qwen3 with last-token pooling, its own
 * tokenizer, the end token appended. Vectors of norms stay F32, as everywhere there.
 * @param type of the matrices
 */
export const ggufModel = async (
  { name, base, adapter }: GgufModel,
  type: GgufType,
): Promise<{ size: number; chunks: AsyncGenerator<Uint8Array<ArrayBuffer>> }> => {
  const config = await readModelConfig(base);
  const metadata: (readonly [string, GgufValue])[] = [
    ["general.architecture", { type: "string", value: "qwen3" }],
    ["general.type", { type: "string", value: "model" }],
    ["general.name", { type: "string", value: name }],
    ["general.file_type", { type: "u32", value: FILE_TYPES[type] }],
    ...(type === "Q8_0" ? [["general.quantization_version", { type: "u32", value: 2 }] as const] : []),
    ...shapeMetadata(config),
    ...(await tokenizerMetadata(base, config.vocab)),
  ];
  const merged = mergedTensors(await openCheckpoint(base), adapter, config);
  return ggufFile(
    metadata,
    merged.map((tensor) => ggufTensor(tensor, type)),
  );
};

const shapeMetadata = (config: ModelConfig): (readonly [string, GgufValue])[] => {
  const u32 = (value: number): GgufValue => ({ type: "u32", value });
  const f32 = (value: number): GgufValue => ({ type: "f32", value });
  return [
    ["qwen3.block_count", u32(config.layers)],
    ["qwen3.context_length", u32(config.maxPositions)],
    ["qwen3.embedding_length", u32(config.hidden)],
    ["qwen3.feed_forward_length", u32(config.intermediate)],
    ["qwen3.attention.head_count", u32(config.heads)],
    ["qwen3.attention.head_count_kv", u32(config.kvHeads)],
    ["qwen3.attention.key_length", u32(config.headDim)],
    ["qwen3.attention.value_length", u32(config.headDim)],
    ["qwen3.attention.layer_norm_rms_epsilon", f32(config.rmsEps)],
    ["qwen3.rope.freq_base", f32(config.ropeTheta)],
    ["qwen3.pooling_type", u32(POOLING_LAST)],
  ];
};

const ggufTensor = ({ name, shape, blocks }: MergedTensor, wanted: GgufType): GgufTensor => {
  const columns = shape.at(-1) ?? 1;
  const fits = columns % TENSOR_TYPES[wanted].elements === 0;
  const type = shape.length === 1 ? "F32" : fits ? wanted : "F16";
  return {
    name: ggufName(name),
    shape,
    type,
    chunks: async function* () {
      for await (const values of blocks()) yield type === "Q8_0" ? quantizeQ8(values) : encode(values, type);
    },
  };
};

/**
 * An adapter as llama.cpp's LoRA file, applied to a GGUF of the base when that is loaded (`--lora`). Its scale there is
 * alpha / rank, so a rank-stabilized adapter is written with the alpha that gives its own scale.
 */
export const ggufLora = (
  name: string,
  adapter: Adapter,
  config: ModelConfig,
): { size: number; chunks: AsyncGenerator<Uint8Array<ArrayBuffer>> } => {
  const { rank, scaling, targets } = adapter;
  const tensors = Array.from({ length: config.layers }, (_, layer) =>
    PROJECTIONS.filter((projection) => targets.includes(projection)).flatMap((projection) => {
      const weight = ggufName(`layers.${layer}.${projectionPath(projection)}.weight`);
      const [out, input] = projectionShape(config, projection);
      const factor = (label: "a" | "b", shape: readonly number[]): GgufTensor => ({
        name: `${weight}.lora_${label}`,
        shape,
        type: "F32",
        chunks: async function* () {
          const values = entry(adapter.tensors, peftName(layer, projection, label === "a" ? "A" : "B"));
          yield encode(new Float32Array(values), "F32");
        },
      });
      return [factor("a", [rank, input]), factor("b", [out, rank])];
    }),
  ).flat();
  return ggufFile(
    [
      ["general.architecture", { type: "string", value: "qwen3" }],
      ["general.type", { type: "string", value: "adapter" }],
      ["general.name", { type: "string", value: name }],
      ["adapter.type", { type: "string", value: "lora" }],
      ["adapter.lora.alpha", { type: "f32", value: scaling * rank }],
    ],
    tensors,
  );
};
