import { test } from "vitest";
import { createKernels } from "../../kernels/index.ts";
import { expectReferenceRankings } from "../../testing/suites/rank.ts";

test("ranking on WebAssembly equals the reference ranking", async () => {
  await expectReferenceRankings(await createKernels({ backends: ["wasm"] }));
});
