import { describe } from "vitest";
import { EVERYTHING, paritySuite } from "../../testing/suites/parity/index.ts";
import { trajectorySuite } from "../../testing/suites/trajectory.ts";

// What a page without WebGPU trains on.
describe("the engine on tfjs ops, on WebAssembly in the browser", () => {
  paritySuite("tfjs", { backends: ["wasm"] }, EVERYTHING);
});
describe("training on tfjs ops, on WebAssembly in the browser", () => {
  trajectorySuite("tfjs", { backends: ["wasm"] }, ["f32", "bf16"]);
});
