import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, entry } from "../../../domain/present.ts";
import type { Qwen3Model } from "../../../engine/model/model.ts";
import { fixtureTensors, largestDifference, loadNano } from "../../engine.ts";
import { fixtureJson } from "../../fixtures/load.ts";
import { TOLERANCE, type OpenSession, type ParityScope } from "./scope.ts";

interface ForwardFixture {
  batches: Record<string, number[][]>;
}

/** Embeddings and hidden states of the base, with weights as checkpoints store them. */
export const forwardSuite = (open: OpenSession, { weights, batches: names }: ParityScope): void => {
  describe.each(weights)("forward with %s weights", (dtype) => {
    let model: Qwen3Model;
    beforeAll(async () => {
      model = await loadNano(open().kernels, dtype);
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
};
