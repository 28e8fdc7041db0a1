import { beforeAll, describe, expect, test } from "vitest";
import { memoryModel, diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { sampleAdapter } from "../artifact/sample.ts";
import { mergedFile, mergedTensors, type Adapter } from "../artifact/index.ts";
import { readModelConfig, type ModelConfig } from "../modelConfig.ts";
import { WEIGHTS_PATH } from "../modelFiles.ts";
import { at, entry } from "../present.ts";
import { f32ToF16, openCheckpoint, readAllFloat32 } from "../safetensors/index.ts";
import { dequantizeQ8, quantizeQ8 } from "./q8.ts";
import { ggufAsModelFiles } from "./asModelFiles.ts";
import { ggufLora, ggufModel, ggufName } from "./qwen3.ts";
import { ggufFloat32, readGguf } from "./read.ts";
import type { GgufType } from "./format.ts";

const base = diskModel(tinyBase);
let config: ModelConfig;
let adapter: Adapter;
let merged: Map<string, { shape: number[]; values: Float32Array }>;

const collect = async ({ size, chunks }: { size: number; chunks: AsyncIterable<Uint8Array> }): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(new Uint8Array(chunk));
  const bytes = new Uint8Array(Buffer.concat(parts));
  expect(bytes.length).toBe(size);
  return bytes;
};
/** Equal bytes; a matcher would walk over millions of numbers one by one. */
const same = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;
const written = async (type: GgufType) => collect(await ggufModel({ name: "tuned", base, adapter }, type));

beforeAll(async () => {
  config = await readModelConfig(base);
  adapter = await sampleAdapter(base);
  merged = readAllFloat32(await collect(mergedFile(mergedTensors(await openCheckpoint(base), adapter, config), "F32")));
});

describe("Q8_0", () => {
  test("keeps the largest number of a block as 127 steps, and rounds halves away from zero", () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? (i - 16) * 0.5 : 0));
    values[0] = 127; // so that a step is 1, and every second number lies on a half
    const bytes = quantizeQ8(values);
    expect(bytes.length).toBe(68);
    expect(new DataView(bytes.buffer).getUint16(0, true)).toBe(at(f32ToF16(Float32Array.of(1)), 0));
    expect([...new Int8Array(bytes.buffer, 2, 32)].slice(0, 6)).toEqual([127, -8, -7, -7, -6, -6]);
    expect([...dequantizeQ8(bytes).subarray(32)]).toEqual(Array.from({ length: 32 }, () => 0));
  });

  test("is off by half a step at most", () => {
    const values = Float32Array.from({ length: 3200 }, (_, i) => Math.sin(i * 12.9898) * (1 + (i % 7)));
    const read = dequantizeQ8(quantizeQ8(values));
    for (let block = 0; block < values.length; block += 32) {
      const largest = Math.max(...values.subarray(block, block + 32).map(Math.abs));
      for (let i = block; i < block + 32; i++)
        // Half a step, and what rounding the scale to F16 adds at 127 steps.
        expect(Math.abs(at(read, i) - at(values, i))).toBeLessThan(largest * (0.5 / 127 + 2 ** -10));
    }
  });
});

describe("a model as GGUF", () => {
  test("says what llama.cpp needs: shape, pooling by the last token, tokens and merges, the end token appended", async () => {
    const file = await written("F16");
    const { metadata, tensors } = readGguf(file, file.length);
    expect(Object.fromEntries([...metadata].filter(([, value]) => !Array.isArray(value)))).toMatchObject({
      "general.architecture": "qwen3",
      "general.file_type": 1,
      "qwen3.block_count": 4,
      "qwen3.embedding_length": 128,
      "qwen3.attention.head_count": 4,
      "qwen3.attention.head_count_kv": 2,
      "qwen3.attention.key_length": 32,
      "qwen3.pooling_type": 3,
      "qwen3.rope.freq_base": 1e6,
      "tokenizer.ggml.model": "gpt2",
      "tokenizer.ggml.pre": "qwen2",
      "tokenizer.ggml.eos_token_id": 8190,
      "tokenizer.ggml.add_eos_token": true,
      "tokenizer.ggml.add_bos_token": false,
    });
    const tokens = metadata.get("tokenizer.ggml.tokens") as string[];
    expect(tokens).toHaveLength(8192);
    expect(tokens[8190]).toBe("<|endoftext|>");
    expect((metadata.get("tokenizer.ggml.token_type") as number[]).slice(-2)).toEqual([3, 3]);
    expect((metadata.get("tokenizer.ggml.merges") as string[]).slice(0, 2)).toEqual(["Ġ t", "Ġ a"]);
    expect(tensors.size).toBe(merged.size);
    expect(tensors.get("blk.3.attn_output.weight")).toMatchObject({ shape: [128, 128], type: "F16" });
    expect(tensors.get("blk.0.attn_q_norm.weight")).toMatchObject({ shape: [32], type: "F32" });
    for (const { start } of tensors.values()) expect(start % 32).toBe(0);
  });

  test.each([
    ["F32", 0],
    ["F16", 2 ** -11],
    ["BF16", 2 ** -8],
    ["Q8_0", 1 / 200],
  ] as const)("as %s holds the merged weights", async (type, error) => {
    const file = await written(type);
    const { tensors } = readGguf(file, file.length);
    for (const [name, { values }] of merged) {
      const tensor = entry(tensors, ggufName(name));
      const read = ggufFloat32(file.slice(tensor.start, tensor.end), tensor.type);
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      let worst = 0;
      for (let i = 0; i < values.length; i++) worst = Math.max(worst, Math.abs(at(read, i) - at(values, i)));
      expect(worst, name).toBeLessThanOrEqual(error * largest);
    }
  });

  test("reads as a model folder whose weights are those numbers, wherever the reading begins", async () => {
    const files = memoryModel({ "m.gguf": await written("F32") });
    const model = await ggufAsModelFiles(files, "m.gguf", base);
    const size = await model.size(WEIGHTS_PATH);
    const whole = await model.read(WEIGHTS_PATH);
    expect(whole.length).toBe(size);
    const read = readAllFloat32(whole);
    expect([...read.keys()].sort()).toEqual([...merged.keys()].sort());
    for (const [name, { values }] of merged) expect(same(entry(read, name).values, values), name).toBe(true);
    for (const [from, to] of [
      [0, 11],
      [5, 6000],
      [1_000_001, 1_000_050],
      [(size ?? 0) - 3, size ?? 0],
    ] as const)
      expect(await model.read(WEIGHTS_PATH, from, to)).toEqual(whole.slice(from, to));
    const quantized = await ggufAsModelFiles(memoryModel({ "m.gguf": await written("Q8_0") }), "m.gguf", base);
    const all = await quantized.read(WEIGHTS_PATH);
    expect(await quantized.read(WEIGHTS_PATH, 500_001, 500_333)).toEqual(all.slice(500_001, 500_333));
  });

  test("cut off, of another version or no GGUF at all is named as that", async () => {
    const file = await written("Q8_0");
    expect(() => readGguf(file, file.length - 200)).toThrow(/ends within tensor output_norm.weight|ends within tensor/);
    expect(() => readGguf(file.slice(0, 5000), file.length)).toThrow(/is cut off/);
    expect(() => readGguf(new Uint8Array(64), 64)).toThrow(/does not begin as one/);
    const older = file.slice();
    older[4] = 2;
    expect(() => readGguf(older, older.length)).toThrow(/version 2/);
  });

  test("is refused for a tokenizer that llama.cpp would read in another way", async () => {
    const tokenizer = JSON.parse(new TextDecoder().decode(await base.read("tokenizer.json"))) as {
      pre_tokenizer: { pretokenizers: { pattern?: { Regex: string } }[] };
    };
    const pattern = tokenizer.pre_tokenizer.pretokenizers[0]?.pattern;
    if (pattern) pattern.Regex = "\\p{L}+";
    const other = {
      ...base,
      read: async (path: string, start?: number, end?: number) =>
        path === "tokenizer.json"
          ? new TextEncoder().encode(JSON.stringify(tokenizer)).slice(start, end)
          : base.read(path, start, end),
    };
    await expect(ggufModel({ name: "m", base: other, adapter }, "F16")).rejects.toMatchObject({
      code: "tokenizer-unsupported",
    });
  });

  test("reads its tokenizer once: parsed, that of Qwen3 takes 100 MB", async () => {
    const reads: string[] = [];
    const watched = {
      ...base,
      read: (path: string, start?: number, end?: number) => (reads.push(path), base.read(path, start, end)),
    };
    await ggufModel({ name: "m", base: watched, adapter }, "F16");
    expect(reads.filter((path) => path === "tokenizer.json")).toHaveLength(1);
  });
});

test("an adapter as llama.cpp's LoRA file has A and B by the weights' names and the alpha that gives its scale", async () => {
  const stabilized = { ...adapter, rankStabilized: true, scaling: adapter.alpha / Math.sqrt(adapter.rank) };
  const file = await collect(ggufLora("tuned", stabilized, config));
  const { metadata, tensors } = readGguf(file, file.length);
  expect(metadata.get("general.type")).toBe("adapter");
  expect(metadata.get("adapter.type")).toBe("lora");
  expect((metadata.get("adapter.lora.alpha") as number) / adapter.rank).toBeCloseTo(stabilized.scaling, 6);
  expect(tensors.size).toBe(2 * 7 * config.layers);
  const b = entry(tensors, "blk.1.ffn_down.weight.lora_b");
  expect(b.shape).toEqual([128, adapter.rank]);
  expect(ggufFloat32(file.slice(b.start, b.end), b.type)).toEqual(
    adapter.tensors.get("base_model.model.layers.1.mlp.down_proj.lora_B.weight"),
  );
});
