/** The engine against values of the Python stack; run on each kernel path and backend by the tests beside this file. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adapterFile, adapterOf, readAdapter } from "../../domain/artifact/index.ts";
import { at, entry } from "../../domain/present.ts";
import { batchGradient, type Chunk } from "../../engine/gradCache.ts";
import { layerActivations, layerBackward, layerOutput, type LayerContext } from "../../engine/layer.ts";
import { LoraAdapter } from "../../engine/lora.ts";
import type { Qwen3Model } from "../../engine/model.ts";
import { createKernels, type KernelOptions, type KernelSession } from "../../kernels/index.ts";
import {
  fixtureModel,
  fixtureTensors,
  largestDifference,
  loadNano,
  relativeDistance,
  toFloat32Map,
} from "../engine.ts";
import { fixtureBytes, fixtureJson } from "../fixtures/load.ts";
import { f32Bytes } from "../numbers.ts";

/** Bars of the fixtures' README, column "suggested". */
const TOLERANCE = { embeddings: 2e-6, hidden: 5e-5, loss: 2e-5, gradients: 2e-5 };

interface ForwardFixture {
  batches: Record<string, number[][]>;
}
interface AdapterFixture {
  token_ids: number[][];
  embeddings: Record<string, number[][]>;
}
interface LoraFixture {
  r: number;
  lora_alpha: number;
  scale: number;
  matryoshka_dims: number[];
  variants: Record<string, { columns: number[][][]; loss: number; matryoshka_loss: number; similarity: number[][] }>;
}

/** What to run: everything, or (where each new shape costs a shader) what covers the rest. */
export interface ParityScope {
  weights: ("f32" | "bf16" | "f16")[];
  batches: string[];
  /** One layer by its intermediates, and PEFT's adapter folder there and back. */
  parts: boolean;
  /** Losses, plain and inside Matryoshka's. */
  variants: string[];
  matryoshka: string[];
  /** Pairs of a chunk, besides the whole batch. */
  chunkSize: number;
}
const VARIANTS = ["pairs", "one_negative", "two_negatives"];
export const EVERYTHING: ParityScope = {
  weights: ["f32", "bf16", "f16"],
  batches: ["ladder", "every_length", "single_tokens"],
  parts: true,
  variants: VARIANTS,
  matryoshka: VARIANTS,
  chunkSize: 2,
};

export const paritySuite = (
  path: "tfjs" | "wgsl",
  options: KernelOptions,
  { weights, batches: names, parts, variants, matryoshka, chunkSize }: ParityScope,
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
      // With rounded weights the fixture has the embeddings of one batch.
      for (const name of dtype === "f32" ? names : ["ladder"]) {
        const suffix = dtype === "f32" ? "embeddings" : `embeddings.${dtype}_weights`;
        const embeddings = entry(expected, `${name}.${suffix}.f64`);
        const batch = model.pack(batches[name]!, 1024);
        const found = model.embed(batch, null);
        expect(largestDifference(await found.embeddings.data(), embeddings)).toBeLessThan(TOLERANCE.embeddings);
        tf.dispose([found.embeddings, found.norms]);

        if (dtype === "f32") {
          const states: Tensor2D[] = [];
          states.push(model.lastHiddenState(batch, null, (_, x) => void states.push(tf.clone(x))));
          const held = ["hidden_0", "hidden_1", "hidden_2", "last_hidden_state"];
          for (const [index, state] of name === "ladder" ? held.entries() : []) {
            const reference = entry(expected, `${name}.${state}.f64`);
            const values = (await at(states, index).data()).slice(0, reference.length);
            expect(largestDifference(values, reference)).toBeLessThan(TOLERANCE.hidden);
          }
          tf.dispose(states);
        }
        batch.dispose();
      }
    });
  });

  const describeParts = () => {
    let model: Qwen3Model;
    beforeAll(async () => {
      model = await loadNano(session.kernels);
    });
    afterAll(() => model.dispose());

    const tensors = async (file: string) => {
      const values = await fixtureTensors(`ops/${file}.safetensors`);
      return (name: string, rows: number): Tensor2D => {
        const data = Float32Array.from(entry(values, name));
        return tf.tensor2d(data, [rows, data.length / rows]);
      };
    };
    const expectNear = async (found: Tensor2D, expected: Tensor2D) =>
      expect(largestDifference(await found.data(), await expected.data())).toBeLessThan(TOLERANCE.hidden);

    test("a decoder layer equals float64 in every intermediate, and in its gradient", async () => {
      const tensor = await tensors("decoder_layer");
      const [rows, { kernels }] = [29, session];
      const batch = kernels.packedBatch(
        [1, 5, 13, 2, 8].map((length) => new Int32Array(length)),
        rows,
      );
      const { headDim, ropeTheta } = model.config;
      const context: LayerContext = {
        kernels,
        config: model.config,
        weights: at(model.weights.layers, 0),
        rope: kernels.ropeTable(headDim, ropeTheta, 64),
        batch,
        lora: () => null,
      };
      const x = tensor("x", rows);
      const saved = layerActivations(x, context);
      const names = {
        normed: "input_norm",
        q: "q",
        k: "k",
        v: "v",
        qRope: "q_rope",
        kRope: "k_rope",
        attention: "attention",
        middle: "after_attention",
        middleNormed: "post_norm",
        gate: "gate",
        up: "up",
        activated: "swiglu",
      } as const;
      for (const [own, name] of Object.entries(names))
        await expectNear(saved[own as keyof typeof names], tensor(name, rows));
      await expectNear(layerOutput(saved, context), tensor("y", rows));
      await expectNear(layerBackward(tensor("dy", rows), x, saved, context), tensor("dx", rows));
    });

    test("a feed-forward layer equals float64, and so does its gradient", async () => {
      const tensor = await tensors("mlp");
      const [rows, { kernels }] = [6, session];
      const batch = kernels.packedBatch([new Int32Array(rows)], rows);
      const weight = async (name: string, outputs: number) => {
        const values = tensor(`${name}_weight`, outputs);
        return kernels.frozenMatrix(f32Bytes(await values.data()), "F32", ...values.shape);
      };
      const [gateW, upW, downW] = [await weight("gate", 96), await weight("up", 96), await weight("down", 64)];
      const x = tensor("x", rows);
      const [gate, up] = [gateW, upW].map((w) => kernels.linear(x, w, null, batch)) as [Tensor2D, Tensor2D];
      const activated = kernels.swiglu(gate, up, batch);
      await expectNear(kernels.linear(activated, downW, null, batch), tensor("y", rows));
      const dActivated = kernels.linearBackward(tensor("dy", rows), activated, downW, null, batch);
      const { dgate, dup } = kernels.swigluBackward(dActivated, gate, up, batch);
      const dx = kernels.linearBackward(dgate, x, gateW, null, batch, kernels.linearBackward(dup, x, upW, null, batch));
      await expectNear(dx, tensor("dx", rows));
    });

    test("PEFT's adapter folder gives PEFT's embeddings, and comes back from the device byte for byte", async () => {
      const { token_ids, embeddings } = await fixtureJson<AdapterFixture>("adapters/expected.json");
      const read = await readAdapter(fixtureModel("adapters/peft_adapter"), model.config);
      const adapter = LoraAdapter.from(session.kernels, model.config, read);
      const batch = model.pack(token_ids, 256);
      for (const [view, expected] of [
        [null, embeddings.base_f64],
        [adapter, embeddings.adapter_f64],
      ] as const) {
        const found = await model.embed(batch, view).embeddings.data();
        expect(largestDifference(found, expected!.flat())).toBeLessThan(TOLERANCE.embeddings);
      }
      const file = await fixtureBytes("adapters/peft_adapter/adapter_model.safetensors");
      expect(adapterFile(await adapter.read(), model.config)).toEqual(file);
      adapter.dispose();
    });
  };
  if (parts) describe("parts", describeParts);

  describe("LoRA losses and gradients", () => {
    let model: Qwen3Model;
    let adapter: LoraAdapter;
    let fixture: LoraFixture;
    beforeAll(async () => {
      model = await loadNano(session.kernels);
      fixture = await fixtureJson<LoraFixture>("lora/lora.json");
      const tensors = toFloat32Map(await fixtureTensors("lora/adapter.safetensors"));
      adapter = LoraAdapter.from(session.kernels, model.config, adapterOf(fixture.r, fixture.lora_alpha, tensors));
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
