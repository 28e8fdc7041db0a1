import { describe } from "vitest";
import { trajectorySuite } from "../../testing/suites/trajectory.ts";

describe("training on our shaders", () => {
  trajectorySuite("wgsl", { backends: ["webgpu"] }, ["f32", "bf16"]);
});
