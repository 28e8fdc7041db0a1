import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adapterFile, readAdapter } from "../../../domain/artifact/index.ts";
import { at, entry } from "../../../domain/present.ts";
import { layerActivations, layerBackward, layerOutput, type LayerContext } from "../../../engine/model/layer.ts";
import { LoraAdapter } from "../../../engine/model/lora.ts";
import type { Qwen3Model } from "../../../engine/model/model.ts";
import { fixtureModel, fixtureTensors, largestDifference, loadNano } from "../../engine.ts";
import { fixtureBytes, fixtureJson } from "../../fixtures/load.ts";
import { f32Bytes } from "../../numbers.ts";
import { TOLERANCE, type OpenSession } from "./scope.ts";

interface AdapterFixture {
  token_ids: number[][];
  embeddings: Record<string, number[][]>;
}

/** One layer by its intermediates, and PEFT's adapter folder there and back. */
export const partsSuite = (open: OpenSession): void => {
  let model: Qwen3Model;
  beforeAll(async () => {
    model = await loadNano(open().kernels);
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
    const [rows, { kernels }] = [29, open()];
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
    const [rows, { kernels }] = [6, open()];
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
    const adapter = LoraAdapter.from(open().kernels, model.config, read);
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
