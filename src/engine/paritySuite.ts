/** The engine against values of the Python stack; run on each kernel path and backend by the tests beside this file. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixtureJson } from "../fixtures/load.ts";
import { createKernels, type KernelOptions, type KernelSession } from "../kernels/index.ts";
import { batchGradient, type Chunk } from "./gradCache.ts";
import { LoraAdapter } from "./lora.ts";
import type { Qwen3Model } from "./model.ts";
import {
  fixtureTensors,
  largestDifference,
  loadNano,
  relativeDistance,
  plainAdapter,
  toFloat32Map,
} from "./testing.ts";

/** Bars of the fixtures' README, column "suggested". */
const TOLERANCE = { embeddings: 2e-6, hidden: 5e-5, loss: 2e-5, gradients: 2e-5 };

interface ForwardFixture {
  batches: Record<string, number[][]>;
}
interface LoraFixture {
  r: number;
  lora_alpha: number;
  scale: number;
  matryoshka_dims: number[];
  variants: Record<string, { columns: number[][][]; loss: number; matryoshka_loss: number; similarity: number[][] }>;
}

/** What to run: every variant, or (where each new shape costs a shader) the one that covers the others. */
export interface ParityScope {
  weights: ("f32" | "bf16" | "f16")[];
  variants: string[];
  chunkSize: number;
}
export const EVERYTHING: ParityScope = {
  weights: ["f32", "bf16", "f16"],
  variants: ["pairs", "one_negative", "two_negatives"],
  chunkSize: 2,
};

export const paritySuite = (
  path: "plain" | "wgsl",
  options: KernelOptions,
  { weights, variants, chunkSize }: ParityScope,
): void => {
  let session: KernelSession;
  beforeAll(async () => {
    session = await createKernels({ device: path, ...options });
    expect(session.kernels.path).toBe(path);
    expect(session.device.backend).toBe(options.backends?.[0]);
  });

  describe.each(weights)("forward with %s weights", (dtype) => {
    let model: Qwen3Model;
    beforeAll(async () => {
      model = await loadNano(session.kernels, dtype);
    });
    afterAll(() => model.dispose());

    test("embeddings and hidden states equal float64", async () => {
      const { batches } = await fixtureJson<ForwardFixture>("forward/forward.json");
      const expected = await fixtureTensors("forward/forward.safetensors");
      for (const [name, sequences] of Object.entries(batches)) {
        const suffix = dtype === "f32" ? "embeddings" : `embeddings.${dtype}_weights`;
        const embeddings = expected.get(`${name}.${suffix}.f64`);
        if (!embeddings) continue;
        const batch = model.pack(sequences, 1024);
        const found = model.embed(batch, null);
        expect(largestDifference(await found.embeddings.data(), embeddings)).toBeLessThan(TOLERANCE.embeddings);
        tf.dispose([found.embeddings, found.norms]);

        if (dtype === "f32") {
          const states: Tensor2D[] = [];
          states.push(model.lastHiddenState(batch, null, (_, x) => void states.push(tf.clone(x))));
          for (const [index, state] of ["hidden_0", "hidden_1", "hidden_2", "last_hidden_state"].entries()) {
            const reference = expected.get(`${name}.${state}.f64`);
            if (!reference) continue;
            const values = (await (states[index] as Tensor2D).data()).slice(0, reference.length);
            expect(largestDifference(values, reference)).toBeLessThan(TOLERANCE.hidden);
          }
          tf.dispose(states);
        }
        batch.dispose();
      }
    });
  });

  describe("LoRA losses and gradients", () => {
    let model: Qwen3Model;
    let adapter: LoraAdapter;
    let fixture: LoraFixture;
    beforeAll(async () => {
      model = await loadNano(session.kernels);
      fixture = await fixtureJson<LoraFixture>("lora/lora.json");
      const tensors = toFloat32Map(await fixtureTensors("lora/adapter.safetensors"));
      adapter = LoraAdapter.from(session.kernels, model.config, plainAdapter(fixture.r, fixture.lora_alpha, tensors));
    });
    afterAll(() => {
      adapter.dispose();
      model.dispose();
    });

    const chunksOf = (columns: number[][][], size: number): Chunk[] => {
      const [queries, ...documents] = columns.map((column) => column.map((tokens) => Int32Array.from(tokens)));
      const rows = (queries ?? []).map((_, i) => i);
      return Array.from({ length: Math.ceil(rows.length / size) }, (_, c) => {
        const own = rows.slice(c * size, (c + 1) * size);
        return {
          queries: own.map((i) => queries?.[i] as Int32Array),
          documents: documents.flatMap((column) => own.map((i) => column[i] as Int32Array)),
        };
      });
    };
    const run = async (chunks: Chunk[], dims: number[]) => {
      adapter.store.clearGradients();
      const result = batchGradient(model, adapter, chunks, { scale: fixture.scale, mask: null, dims });
      const [loss] = await result.loss.data();
      const similarity = await result.similarity.data();
      tf.dispose([result.loss, result.similarity, result.embeddingNorm]);
      return { loss: loss as number, similarity, gradients: await adapter.store.read("gradients") };
    };

    test.each(variants)("%s equals float64, whole and in chunks", async (name) => {
      const variant = fixture.variants[name];
      if (!variant) throw new Error(name);
      const expected = await fixtureTensors(`lora/gradients.${name}.safetensors`);
      const whole = await run(chunksOf(variant.columns, 7), []);
      expect(Math.abs(whole.loss - variant.loss)).toBeLessThan(TOLERANCE.loss);
      expect(largestDifference(whole.similarity, variant.similarity.flat())).toBeLessThan(TOLERANCE.embeddings);
      expect(relativeDistance(whole.gradients, expected)).toBeLessThan(TOLERANCE.gradients);
      const chunked = await run(chunksOf(variant.columns, chunkSize), []);
      expect(Math.abs(chunked.loss - variant.loss)).toBeLessThan(TOLERANCE.loss);
      expect(relativeDistance(chunked.gradients, expected)).toBeLessThan(TOLERANCE.gradients);
    });

    test.each(variants)("%s inside the Matryoshka loss equals float64", async (name) => {
      const variant = fixture.variants[name];
      if (!variant) throw new Error(name);
      const found = await run(chunksOf(variant.columns, 3), fixture.matryoshka_dims);
      expect(Math.abs(found.loss - variant.matryoshka_loss)).toBeLessThan(3 * TOLERANCE.loss);
      const expected = await fixtureTensors(`lora/gradients.${name}.matryoshka.safetensors`);
      expect(relativeDistance(found.gradients, expected)).toBeLessThan(TOLERANCE.gradients);
    });
  });
};
