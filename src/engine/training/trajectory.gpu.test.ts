import { describe } from "vitest";
import { createKernels } from "../../kernels/index.ts";
import { inNode } from "../../kernels/runtime/node-gpu.ts";
import { longTests } from "../../testing/longTests.ts";
import { mixedTrajectorySuite, trajectorySuite } from "../../testing/suites/trajectory.ts";

// As with parity: in Node the weights that people train on, and both when all is asked for.
const all = !inNode() || longTests;

describe("training on our shaders", () => {
  trajectorySuite("wgsl", { backends: ["webgpu"] }, all ? ["f32", "bf16"] : ["bf16"]);
});

const session = await createKernels({ device: "wgsl" });
describe.skipIf(!session.device.features.shaderF16)("training with f16 factors on our shaders", () => {
  mixedTrajectorySuite(() => session.mixed());
});
