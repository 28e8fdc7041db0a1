import { describe } from "vitest";
import { trajectorySuite } from "../testing/suites/trajectory.ts";

describe("training on plain tensor ops, on WebAssembly", () => {
  trajectorySuite("plain", { backends: ["wasm"] }, ["f32", "bf16"]);
});
