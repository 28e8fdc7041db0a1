import { test } from "vitest";
import { createKernels } from "../kernels/index.ts";
import { expectPlainRankings } from "../testing/suites/rank.ts";

test("ranking on WebAssembly equals plain ranking", async () => {
  await expectPlainRankings(await createKernels({ backends: ["wasm"] }));
});
