import { expect, test } from "vitest";
import { diskModel, tinyBase } from "../testing/modelFiles.ts";
import { QWEN3_EMBEDDING_06B, TINY_BASE } from "./bases.ts";
import { modelTensors, parameterCount, readModelConfig } from "./modelConfig.ts";

test("the bundled base has the shape that is written down here", async () => {
  expect(await readModelConfig(diskModel(tinyBase))).toEqual(TINY_BASE.config);
  expect(parameterCount(TINY_BASE.config)).toBe(1_836_416);
});

test("the 0.6B model has the published number of tensors and parameters", () => {
  expect(modelTensors(QWEN3_EMBEDDING_06B.config).size).toBe(310);
  expect(parameterCount(QWEN3_EMBEDDING_06B.config)).toBe(595_776_512);
});
