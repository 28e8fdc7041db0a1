import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { bundledBase, diskModel } from "../testing/modelFiles.ts";
import { BUNDLED_BASES, QWEN3_EMBEDDING_06B, SMALL_BASE, TINY_BASE } from "./bases.ts";
import { modelTensors, parameterCount, readModelConfig } from "./modelConfig.ts";
import { WEIGHTS_PATH } from "./modelFiles.ts";

test.each(BUNDLED_BASES)("$id has the shape and the weights that are written down here", async (base) => {
  const files = diskModel(bundledBase(base.id));
  expect(await readModelConfig(files)).toEqual(base.config);
  const weights = await files.read(WEIGHTS_PATH);
  expect(createHash("sha256").update(weights).digest("hex")).toBe(base.sha256);
});

test("the bundled bases have as many parameters as their cards say", () => {
  expect(parameterCount(TINY_BASE.config)).toBe(1_836_416);
  expect(parameterCount(SMALL_BASE.config)).toBe(7_013_760);
});

test("the 0.6B model has the published number of tensors and parameters", () => {
  expect(modelTensors(QWEN3_EMBEDDING_06B.config).size).toBe(310);
  expect(parameterCount(QWEN3_EMBEDDING_06B.config)).toBe(595_776_512);
});
