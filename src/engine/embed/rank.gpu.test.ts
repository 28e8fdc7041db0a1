import { test } from "vitest";
import { createKernels } from "../../kernels/index.ts";
import { expectReferenceRankings } from "../../testing/suites/rank.ts";

test("ranking on a WebGPU device equals the reference ranking", async () => {
  await expectReferenceRankings(await createKernels({ device: "wgsl" }));
});
