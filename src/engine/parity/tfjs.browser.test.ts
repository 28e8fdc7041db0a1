import { describe } from "vitest";
import { EACH_WAY, paritySuite } from "../../testing/suites/parity/index.ts";
import { trajectorySuite } from "../../testing/suites/trajectory.ts";

// What a page without WebGPU trains on. Node runs everything on the same WebAssembly; here is what a browser can change.
describe("the engine on tfjs ops, on WebAssembly in the browser", () => {
  paritySuite("tfjs", { backends: ["wasm"] }, EACH_WAY);
});
describe("training on tfjs ops, on WebAssembly in the browser", () => {
  trajectorySuite("tfjs", { backends: ["wasm"] }, ["bf16"]);
});
