import { mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { tinyBase } from "../../src/testing/modelFiles.ts";
import { asMade } from "./madeFiles.ts";
import { OnnxStore } from "./onnxStore.ts";

const root = await mkdtemp(join(tmpdir(), "onnx-store-"));
afterAll(() => rm(root, { recursive: true, force: true }));
const base = { name: "qwen3-embedding-tiny", directory: tinyBase, sha256: "b".repeat(64) };

it.each([
  ["a truncated graph", (folder: string) => truncate(join(folder, "model.onnx"), 100)],
  ["a data file with other bytes", (folder: string) => writeFile(join(folder, "model.onnx_data"), "x")],
  ["a missing data file", (folder: string) => rm(join(folder, "model.onnx_data"))],
  ["no list of what was made", (folder: string) => rm(join(folder, "made.json"))],
])("makes a folder again that has %s, and says so", async (_, damage) => {
  const folder = await new OnnxStore(root).base(base);
  expect(await asMade(folder)).toBe(true);
  await damage(folder);
  const told: string[] = [];
  const after = new OnnxStore(root, (path) => told.push(path));
  expect(await after.base(base)).toBe(folder);
  expect(told).toEqual([folder]);
  expect(await asMade(folder)).toBe(true);
  expect((await readdir(join(folder, ".."))).filter((name) => name.startsWith("."))).toEqual([]);
  await after.base(base);
  expect(told).toHaveLength(1);
});
