import { describe } from "vitest";
import { EVERYTHING, paritySuite } from "../testing/suites/parity.ts";
import { trajectorySuite } from "../testing/suites/trajectory.ts";

// What a page without WebGPU trains on.
describe("the engine on plain tensor ops, on WebAssembly in the browser", () => {
  paritySuite("plain", { backends: ["wasm"] }, EVERYTHING);
});
describe("training on plain tensor ops, on WebAssembly in the browser", () => {
  trajectorySuite("plain", { backends: ["wasm"] }, ["f32", "bf16"]);
});
