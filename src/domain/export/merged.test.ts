import { expect, test } from "vitest";
import { diskModel, memoryModel, tinyBase } from "../../testing/modelFiles.ts";
import { sampleAdapter } from "../artifact/sample.ts";
import { openCheckpoint } from "../safetensors/index.ts";
import { mergedFolder } from "./merged.ts";

const base = diskModel(tinyBase);
const folderOf = async (shardBytes?: number) => {
  const contents: Record<string, Uint8Array> = {};
  for (const { path, size, chunks } of await mergedFolder(base, base, await sampleAdapter(base), "BF16", shardBytes)) {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(new Uint8Array(chunk));
    contents[path] = new Uint8Array(Buffer.concat(parts));
    expect(contents[path].length, path).toBe(size);
  }
  return contents;
};

test("a large model is cut into shards whose index names every tensor once, and reads as the whole one", async () => {
  const whole = await folderOf();
  const cut = await folderOf(1_000_000);
  const shards = Object.keys(cut).filter((path) => /^model-0000\d-of-0000\d\.safetensors$/.test(path));
  expect(shards.length).toBeGreaterThan(1);
  expect(Object.keys(cut)).not.toContain("model.safetensors");
  const [a, b] = [await openCheckpoint(memoryModel(whole)), await openCheckpoint(memoryModel(cut))];
  expect([...b.tensors.keys()].sort()).toEqual([...a.tensors.keys()].sort());
  const index = JSON.parse(new TextDecoder().decode(cut["model.safetensors.index.json"])) as {
    metadata: { total_size: number };
    weight_map: Record<string, string>;
  };
  expect(Object.keys(index.weight_map)).toHaveLength(a.tensors.size);
  expect(index.metadata.total_size).toBe([...a.tensors.values()].reduce((sum, { start, end }) => sum + end - start, 0));
  for (const name of a.tensors.keys()) expect(Buffer.compare(await a.bytes(name), await b.bytes(name)), name).toBe(0);
});

test("its config names the type of the weights, and nothing that only the adapter's ONNX form needs", async () => {
  const config = JSON.parse(new TextDecoder().decode((await folderOf())["config.json"])) as Record<string, unknown>;
  expect(config).toMatchObject({ model_type: "qwen3", torch_dtype: "bfloat16" });
  expect(config).not.toHaveProperty("transformers.js_config");
});
