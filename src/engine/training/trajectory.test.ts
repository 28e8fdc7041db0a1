import { describe } from "vitest";
import { createKernels } from "../../kernels/index.ts";
import { mixedLinearReference } from "../../kernels/ops/linear/mixed.reference.ts";
import { tfjsKernels } from "../../kernels/tfjs/tfjs-kernels.ts";
import { mixedTrajectorySuite, trajectorySuite } from "../../testing/suites/trajectory.ts";

describe("training on tfjs ops, on WebAssembly", () => {
  trajectorySuite("tfjs", { backends: ["wasm"] }, ["f32", "bf16"]);
});

describe("training with f16 factors, imitated on WebAssembly", () => {
  mixedTrajectorySuite(async () => {
    await createKernels({ backends: ["wasm"] });
    return tfjsKernels(mixedLinearReference);
  });
});
