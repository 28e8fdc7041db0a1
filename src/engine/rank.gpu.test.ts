import { test } from "vitest";
import { createKernels } from "../kernels/index.ts";
import { expectPlainRankings } from "../testing/suites/rank.ts";

test("ranking on a WebGPU device equals plain ranking", async () => {
  await expectPlainRankings(await createKernels({ device: "wgsl" }));
});
