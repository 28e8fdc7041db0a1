import { describe } from "vitest";
import { createKernels } from "../../kernels/index.ts";
import { inNode } from "../../kernels/runtime/node-gpu.ts";
import { chooseVariants } from "../../kernels/wgsl/variants.ts";
import { longTests } from "../../testing/longTests.ts";
import { EACH_WAY, EVERYTHING, paritySuite } from "../../testing/suites/parity/index.ts";

// Dawn in Node compiles the shaders that Chromium compiles, with the same compiler: short there unless all is asked for.
const all = !inNode() || longTests;

describe("the engine on our shaders", () => {
  paritySuite("wgsl", { backends: ["webgpu"] }, all ? EVERYTHING : EACH_WAY);
});

if (all) {
  // What runs on a user's card; tests, too, mostly run on software.
  const { device } = await createKernels({ device: "wgsl" });
  const card = { ...device, slow: false };
  const info = {} as GPUAdapterInfo;
  // Of attention, the form that nothing else here takes for a whole model.
  const variants = { ...chooseVariants(card, info), attention: "blocks" } as const;
  describe("the engine on our shaders, in the forms of graphics cards", () => {
    const one = ["two_negatives"];
    paritySuite(
      "wgsl",
      { backends: ["webgpu"], variants },
      { ...EVERYTHING, weights: ["bf16"], variants: one, matryoshka: [], chunkSize: 3 },
    );
  });
}

// No one trains on tfjs ops where there is WebGPU. Node and the page hold them to the same values on WebAssembly.
if (longTests)
  describe("the engine on tfjs ops, on WebGPU", () => {
    paritySuite(
      "tfjs",
      { backends: ["webgpu"] },
      { weights: ["f32"], batches: ["ladder"], parts: false, variants: ["pairs"], matryoshka: [], chunkSize: 7 },
    );
  });
