/** One layer at the widths of Qwen3-Embedding-0.6B: our shaders against tfjs ops on WebAssembly. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { QWEN3_EMBEDDING_06B } from "../../domain/bases.ts";
import { projectionShape, PROJECTIONS, type ModelConfig, type Projection } from "../../domain/modelConfig.ts";
import { entry } from "../../domain/present.ts";
import { createKernels, type KernelOptions, type Kernels } from "../../kernels/index.ts";
import { inNode } from "../../kernels/runtime/node-gpu.ts";
import { chooseVariants } from "../../kernels/wgsl/variants.ts";
import { largestDifference, relativeDistance } from "../../testing/engine.ts";
import { bf16, f32Bytes, numbers } from "../../testing/numbers.ts";
import { LoraAdapter } from "../model/lora.ts";
import { Qwen3Model } from "../model/model.ts";
import { batchGradient, type Chunk } from "../training/gradCache.ts";

const config: ModelConfig = { ...QWEN3_EMBEDDING_06B.config, layers: 1, vocab: 96, maxPositions: 2048 };

/** BF16 bytes of a matrix, uniform with variance 1 / columns. Repeats with a prime period, so that no two rows are alike. */
const block = numbers(65_537, 1);
const matrixBytes = (rows: number, cols: number): Uint8Array => {
  const scaled = new Uint16Array(bf16(block.map((value) => value * Math.sqrt(3 / cols))).bytes.buffer);
  const all = new Uint16Array(rows * cols);
  for (let at = 0; at < all.length; at += scaled.length)
    all.set(scaled.subarray(0, Math.min(scaled.length, all.length - at)), at);
  return new Uint8Array(all.buffer);
};

const randomLayer = (kernels: Kernels): Qwen3Model => {
  const matrix = (rows: number, cols: number) => kernels.frozenMatrix(matrixBytes(rows, cols), "BF16", rows, cols);
  const vector = (length: number, seed: number) =>
    kernels.frozenVector(f32Bytes(numbers(length, seed).map((value) => 1 + value / 4)), "F32", length);
  const layer = {
    inputNorm: vector(config.hidden, 2),
    postNorm: vector(config.hidden, 3),
    queryNorm: vector(config.headDim, 4),
    keyNorm: vector(config.headDim, 5),
    projections: Object.fromEntries(
      PROJECTIONS.map((projection) => [projection, matrix(...projectionShape(config, projection))]),
    ) as Record<Projection, ReturnType<typeof matrix>>,
  };
  const [embedTokens, norm] = [matrix(config.vocab, config.hidden), vector(config.hidden, 6)];
  const { projections, ...norms } = layer;
  const all = [embedTokens, norm, ...Object.values(projections), ...Object.values(norms)];
  const dispose = () => all.forEach((item) => item.dispose());
  return new Qwen3Model(kernels, config, { embedTokens, norm, layers: [layer], bytes: 0, sha256: "", dispose });
};

const texts = (lengths: number[]) =>
  lengths.map((length, i) => Int32Array.from({ length }, (_, j) => (7 * i + 31 * j + j * j) % config.vocab));
/** Ragged, and 64 tokens: enough for the forms of long batches, and no more than one tile's rows. */
const chunk: Chunk = { queries: texts([1, 17]), documents: texts([36, 10]) };

/** Loss, cosines and LoRA gradients of one step. */
const step = async (options: KernelOptions) => {
  const { kernels, failure } = await createKernels(options);
  const model = randomLayer(kernels);
  const adapter = LoraAdapter.create(kernels, config, { rank: 16, alpha: 32, seed: 1 });
  const { store } = adapter;
  store.write(
    new Map(
      store.names
        .filter((name) => name.includes("lora_B"))
        .map((name, i) => [name, numbers(store.shape(name)[0] * store.shape(name)[1], 10 + i).map((b) => b / 16)]),
    ),
  );
  const result = batchGradient(model, adapter, [chunk], { scale: 20, mask: null, dims: [] });
  const [[loss], similarity] = [await result.loss.data(), await result.similarity.data()];
  const gradients = await store.read("gradients");
  tf.dispose({ ...result });
  adapter.dispose();
  model.dispose();
  expect(failure()).toBeNull();
  return { loss: loss!, similarity, gradients };
};

let expected: Awaited<ReturnType<typeof step>>;
beforeAll(async () => {
  expected = await step({ device: "tfjs", backends: ["wasm"] });
});

// The forms of graphics cards take software half a minute; Chromium's shaders are compiled by the same library as Node's.
const forms = inNode() ? ["this adapter", "graphics cards"] : ["this adapter"];

test.each(forms)("a step in the forms for %s equals that of tfjs ops", async (which) => {
  const { device } = await createKernels({ device: "wgsl" });
  const info = {} as GPUAdapterInfo; // read for software adapters alone
  const variants: KernelOptions["variants"] =
    which === "graphics cards" ? { ...chooseVariants({ ...device, slow: false }, info), attention: "blocks" } : {};
  const found = await step({ device: "wgsl", variants });
  expect(Math.abs(found.loss - expected.loss)).toBeLessThan(2e-5);
  expect(largestDifference(found.similarity, expected.similarity)).toBeLessThan(2e-6);
  for (const [name, gradient] of expected.gradients) {
    expect(gradient.some((value) => value !== 0)).toBe(true);
    const own = new Map([[name, entry(found.gradients, name)]]);
    expect(relativeDistance(own, new Map([[name, gradient]])), name).toBeLessThan(2e-5);
  }
});
