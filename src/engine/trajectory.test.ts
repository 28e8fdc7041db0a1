import { describe } from "vitest";
import { trajectorySuite } from "./trajectorySuite.ts";

describe("training on plain tensor ops, on WebAssembly", () => {
  trajectorySuite("plain", { backends: ["wasm"] }, ["f32", "bf16"]);
});
