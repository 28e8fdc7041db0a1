import { beforeAll, describe, expect, test } from "vitest";
import { sha256Hex } from "../../domain/hashing.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";
import { parseHeader, writeSafetensors, type TensorData } from "../../domain/safetensors/index.ts";
import { createKernels, type KernelSession } from "../../kernels/index.ts";
import { fixtureBytes, memoryModel } from "../../testing/modelFiles.ts";
import { embedTexts, loadBase } from "./base.ts";

let session: KernelSession;
let weights: Uint8Array;
let small: Record<string, Uint8Array>;
let tensors: TensorData[];
beforeAll(async () => {
  session = await createKernels({ backends: ["wasm"] });
  weights = await fixtureBytes("nano/model.bf16.safetensors");
  const names = ["config.json", "tokenizer.json", "tokenizer_config.json", "config_sentence_transformers.json"];
  small = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await fixtureBytes(`nano/${name}`)])));
  tensors = [...parseHeader(weights).tensors.values()].map(({ name, dtype, shape, start, end }) => ({
    name,
    dtype,
    shape,
    data: weights.slice(start, end),
  }));
});

const embedding = async (files: ModelFiles): Promise<Float32Array> => {
  const base = await loadBase(session, files);
  const { data } = await embedTexts(base, null, ["t1 t2 t3"], { kind: "query", prompts: base.prompts, maxTokens: 64 });
  base.dispose();
  return data;
};
const folder = (changed: TensorData[]): ModelFiles =>
  memoryModel({ ...small, "model.safetensors": writeSafetensors(changed) });

describe("loading a base", () => {
  test("the hash is that of the whole file, and progress ends at its bytes", async () => {
    const seen: [number, number][] = [];
    const base = await loadBase(session, memoryModel({ ...small, "model.safetensors": weights }), {
      onProgress: (...at) => seen.push(at),
    });
    expect(base.model.weights.sha256).toBe(sha256Hex(weights));
    expect(base.parameters * 2).toBe(seen.at(-1)?.[0]);
    expect(seen.at(-1)?.[0]).toBe(seen.at(-1)?.[1]);
    base.dispose();
  });

  test("reads no more than one span at a time, larger matrices in blocks of rows, with the same result", async () => {
    const expected = await embedding(folder(tensors));
    const files = memoryModel({ ...small, "model.safetensors": weights });
    const read: number[] = [];
    const counted: ModelFiles = {
      ...files,
      read: (path, start = 0, end = Infinity, signal) => {
        if (path === "model.safetensors") read.push(end - start);
        return files.read(path, start, end, signal);
      },
    };
    const spanBytes = 10_000;
    const seen: number[] = [];
    const base = await loadBase(session, counted, { spanBytes, onProgress: (done) => seen.push(done) });
    expect(Math.max(...read)).toBeLessThanOrEqual(spanBytes);
    expect(seen.at(-1)).toBe(base.parameters * 2);
    expect(base.model.weights.sha256).toBe(sha256Hex(weights));
    const { data } = await embedTexts(base, null, ["t1 t2 t3"], {
      kind: "query",
      prompts: base.prompts,
      maxTokens: 64,
    });
    expect(data).toEqual(expected);
    base.dispose();
  });

  test("names with model., a language-model head, shards and the older config spelling give the same model", async () => {
    const expected = await embedding(folder(tensors));
    const prefixed = tensors.map((tensor) => ({ ...tensor, name: `model.${tensor.name}` }));
    const head: TensorData = { name: "lm_head.weight", dtype: "BF16", shape: [2, 2], data: new Uint16Array(4) };
    expect(await embedding(folder([...prefixed, head]))).toEqual(expected);
    const halves = { "a-1.safetensors": tensors.slice(0, 9), "a-2.safetensors": tensors.slice(9) };
    const index = {
      weight_map: Object.fromEntries(
        Object.entries(halves).flatMap(([file, part]) => part.map(({ name }) => [name, file])),
      ),
    };
    const sharded = memoryModel({
      ...small,
      "config.json": await fixtureBytes("nano/config.transformers4.json"),
      "model.safetensors.index.json": new TextEncoder().encode(JSON.stringify(index)),
      ...Object.fromEntries(Object.entries(halves).map(([file, part]) => [file, writeSafetensors(part)])),
    });
    expect(await embedding(sharded)).toEqual(expected);
  });

  test("missing, misshapen and quantized tensors are named", async () => {
    const without = tensors.filter(({ name }) => name !== "layers.1.mlp.up_proj.weight");
    await expect(embedding(folder(without))).rejects.toThrow(/layers\.1\.mlp\.up_proj/);
    const turned = tensors.map((tensor) =>
      tensor.name === "layers.0.self_attn.q_proj.weight" ? { ...tensor, shape: tensor.shape.toReversed() } : tensor,
    );
    await expect(embedding(folder(turned))).rejects.toMatchObject({
      code: "tensor-misshapen",
      message: expect.stringContaining("layers.0.self_attn.q_proj.weight") as string,
    });
    const bytes = tensors.map((tensor) =>
      tensor.name === "norm.weight" ? { ...tensor, dtype: "I16" as const } : tensor,
    );
    await expect(embedding(folder(bytes))).rejects.toMatchObject({ code: "tensor-dtype" });
  });

  test.each([
    ["sliding windows", { use_sliding_window: true }],
    ["scaled positions", { rope_parameters: { rope_theta: 1e6, rope_type: "yarn" } }],
    ["attention biases", { attention_bias: true }],
    ["another architecture", { model_type: "llama" }],
  ])("refuses %s before the weights are read", async (_, change) => {
    const config = { ...(JSON.parse(new TextDecoder().decode(small["config.json"])) as object), ...change };
    const files = memoryModel({ ...small, "config.json": new TextEncoder().encode(JSON.stringify(config)) });
    await expect(embedding(files)).rejects.toMatchObject({ code: "config-unsupported" });
  });
});
