import { createHash } from "node:crypto";
import { open, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { modelTensors, parseModelConfig } from "../../../domain/modelConfig.ts";
import { layOut } from "../../../domain/safetensors/index.ts";
import type { HubFile } from "../../../testing/hub.ts";

/** config.json of Qwen3-Embedding-0.6B, as far as it fixes shapes and arithmetic. */
const CONFIG = {
  architectures: ["Qwen3ForCausalLM"],
  attention_bias: false,
  head_dim: 128,
  hidden_act: "silu",
  hidden_size: 1024,
  intermediate_size: 3072,
  max_position_embeddings: 32768,
  model_type: "qwen3",
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  torch_dtype: "bfloat16",
  vocab_size: 151669,
};

const PIECE_WORDS = 8 * 1024 * 1024;

/** xorshift32: fast, and the same model on every machine. */
const randomWords = (seed: number) => {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
};

/**
 * Writes `config.json` and `model.safetensors` with BF16 tensors of the 0.6B model's shapes and random weights: matrices of either sign
 * and about 0.01 to 0.03 in size, norms 1.
 *
 * @param smaller  what is less than at full size, by its name in config.json
 * @returns path, size and SHA-256 of the weights
 */
export const writeSyntheticModel = async (folder: string, smaller: Partial<typeof CONFIG> = {}) => {
  const config = { ...CONFIG, ...smaller };
  const tensors = [...modelTensors(parseModelConfig(config))].map(([name, shape]) => ({
    name,
    shape,
    dtype: "BF16" as const,
  }));
  const { front, order, fileBytes } = layOut(tensors);
  const path = join(folder, "model.safetensors");
  const sha256 = createHash("sha256").update(front);
  const file = await open(path, "w");
  const next = randomWords(20261122);
  const words = new Uint16Array(PIECE_WORDS);
  await file.write(front);
  for (const { name, shape } of order) {
    const count = shape.reduce((a, b) => a * b, 1);
    for (let at = 0; at < count; at += PIECE_WORDS) {
      const piece = words.subarray(0, Math.min(PIECE_WORDS, count - at));
      if (name.includes("norm")) piece.fill(0x3f80);
      // Sign and seven bits of fraction at random; exponent 120 or 121, that is 2^-7 or 2^-6.
      else for (let i = 0; i < piece.length; i++) piece[i] = ((next() & 0x80ff) | 0x3c00) & 0xffff;
      const bytes = Buffer.from(piece.buffer, 0, piece.byteLength);
      sha256.update(bytes);
      await file.write(bytes);
    }
  }
  await file.close();
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  return { path, bytes: fileBytes, sha256: sha256.digest("hex") };
};

/**
 * The 310 tensors of the 0.6B model, written to disk.
 * @returns the repository's files for the test hub, large ones read from disk, and the weights again
 */
export const syntheticModel = async (folder: string, tokenizerFolder: string) => {
  const { path, bytes, sha256 } = await writeSyntheticModel(folder);
  const small = async (from: string, name: string) => [name, new Uint8Array(await readFile(join(from, name)))] as const;
  const weights = await onDisk(path, bytes, sha256);
  const files: Record<string, HubFile> = Object.fromEntries([
    ...(await Promise.all(
      ["tokenizer.json", "tokenizer_config.json", "config_sentence_transformers.json"].map((name) =>
        small(tokenizerFolder, name),
      ),
    )),
    await small(folder, "config.json"),
    ["model.safetensors", weights],
  ]);
  return { files, weights };
};

const onDisk = async (path: string, bytes: number, sha256: string): Promise<Exclude<HubFile, Uint8Array>> => {
  if ((await stat(path)).size !== bytes) throw new Error(`${path} was not written as a whole`);
  const file = await open(path);
  return {
    bytes,
    sha256,
    read: async (start, end) => {
      const { buffer, bytesRead } = await file.read(new Uint8Array(end - start), 0, end - start, start);
      return buffer.subarray(0, bytesRead);
    },
  };
};
