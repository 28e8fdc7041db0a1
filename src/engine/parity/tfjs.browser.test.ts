import { describe } from "vitest";
import { longTests } from "../../testing/longTests.ts";
import { EACH_WAY, EVERYTHING, paritySuite } from "../../testing/suites/parity/index.ts";
import { trajectorySuite } from "../../testing/suites/trajectory.ts";

// What a page without WebGPU trains on. Node runs everything on the same WebAssembly; here is what a browser can change.
describe("the engine on tfjs ops, on WebAssembly in the browser", () => {
  paritySuite("tfjs", { backends: ["wasm"] }, longTests ? EVERYTHING : EACH_WAY);
});
describe("training on tfjs ops, on WebAssembly in the browser", () => {
  trajectorySuite("tfjs", { backends: ["wasm"] }, longTests ? ["f32", "bf16"] : ["bf16"]);
});
