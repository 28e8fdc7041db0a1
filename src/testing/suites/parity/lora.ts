import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adapterOf } from "../../../domain/artifact/index.ts";
import { LoraAdapter } from "../../../engine/model/lora.ts";
import type { Qwen3Model } from "../../../engine/model/model.ts";
import { batchGradient, type Chunk } from "../../../engine/training/gradCache.ts";
import { fixtureTensors, largestDifference, loadNano, relativeDistance, toFloat32Map } from "../../engine.ts";
import { fixtureJson } from "../../fixtures/load.ts";
import { TOLERANCE, type OpenSession, type ParityScope } from "./scope.ts";

interface LoraFixture {
  r: number;
  lora_alpha: number;
  scale: number;
  matryoshka_dims: number[];
  variants: Record<string, { columns: number[][][]; loss: number; matryoshka_loss: number; similarity: number[][] }>;
}

/** Losses, cosines and LoRA gradients: whole batches, chunks (GradCache), and inside the Matryoshka loss. */
export const loraSuite = (open: OpenSession, { variants, matryoshka, chunkSize }: ParityScope): void => {
  describe("LoRA losses and gradients", () => {
    let model: Qwen3Model;
    let adapter: LoraAdapter;
    let fixture: LoraFixture;
    beforeAll(async () => {
      model = await loadNano(open().kernels);
      fixture = await fixtureJson<LoraFixture>("lora/lora.json");
      const tensors = toFloat32Map(await fixtureTensors("lora/adapter.safetensors"));
      adapter = LoraAdapter.from(open().kernels, model.config, adapterOf(fixture.r, fixture.lora_alpha, tensors));
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
      tf.dispose({ ...result });
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

    test.each(matryoshka)("%s inside the Matryoshka loss equals float64", async (name) => {
      const variant = fixture.variants[name];
      if (!variant) throw new Error(name);
      const found = await run(chunksOf(variant.columns, 3), fixture.matryoshka_dims);
      expect(Math.abs(found.loss - variant.matryoshka_loss)).toBeLessThan(3 * TOLERANCE.loss);
      const expected = await fixtureTensors(`lora/gradients.${name}.matryoshka.safetensors`);
      expect(relativeDistance(found.gradients, expected)).toBeLessThan(TOLERANCE.gradients);
    });
  });
};
