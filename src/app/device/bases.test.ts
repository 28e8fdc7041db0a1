import { expect, test } from "vitest";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { BUNDLED_BASES } from "../../domain/bases.ts";
import { bundledBase } from "../../testing/modelFiles.ts";
import { BASES, baseByKey } from "./bases.ts";

test("every bundled base can be chosen, the default first, and its download is as large as is said", async () => {
  const bundled = BASES.filter(({ ref }) => ref.source === "bundled");
  expect(bundled.map(({ name }) => name)).toEqual(BUNDLED_BASES.map(({ id }) => id));
  for (const { name, ref, downloadBytes } of bundled) {
    expect(ref).toEqual({ source: "bundled", name });
    const files = ["config.json", "model.safetensors", "tokenizer.json"];
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(bundledBase(name), file))).size));
    const actual = sizes.reduce((sum, size) => sum + size, 0);
    expect(Math.abs(actual / downloadBytes - 1)).toBeLessThan(0.01);
  }
});

test("a key that no base has gives the first one", () => {
  expect(baseByKey("small").name).toBe("qwen3-embedding-small");
  expect(baseByKey("gone").name).toBe("qwen3-embedding-small");
});
