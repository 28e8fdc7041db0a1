import { describe } from "vitest";
import { trajectorySuite } from "./trajectorySuite.ts";

describe("training on our shaders", () => {
  trajectorySuite("wgsl", { backends: ["webgpu"] }, ["f32", "bf16"]);
});
