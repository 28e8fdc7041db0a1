import { describe } from "vitest";
import { trajectorySuite } from "../../testing/suites/trajectory.ts";

describe("training on tfjs ops, on WebAssembly", () => {
  trajectorySuite("tfjs", { backends: ["wasm"] }, ["f32", "bf16"]);
});
