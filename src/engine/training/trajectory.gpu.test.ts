import { describe } from "vitest";
import { inNode } from "../../kernels/runtime/node-gpu.ts";
import { longTests } from "../../testing/longTests.ts";
import { trajectorySuite } from "../../testing/suites/trajectory.ts";

// As with parity: in Node the weights that people train on, and both when all is asked for.
const all = !inNode() || longTests;

describe("training on our shaders", () => {
  trajectorySuite("wgsl", { backends: ["webgpu"] }, all ? ["f32", "bf16"] : ["bf16"]);
});
