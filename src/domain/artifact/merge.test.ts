import { beforeAll, describe, expect, test } from "vitest";
import { diskModel, fixture, fixtureBytes, fixtureJson } from "../../testing/modelFiles.ts";
import { readModelConfig, type ModelConfig } from "../modelConfig.ts";
import { at, entry } from "../present.ts";
import { openCheckpoint, parseHeader, readAllFloat32 } from "../safetensors/index.ts";
import { mergeAdapter, parseAdapter, type Adapter } from "./index.ts";

const nano = diskModel(fixture("nano"));
let model: ModelConfig;
let adapter: Adapter;
beforeAll(async () => {
  model = await readModelConfig(nano);
  const file = await fixtureBytes("adapters/peft_adapter/adapter_model.safetensors");
  adapter = parseAdapter(await fixtureJson("adapters/peft_adapter/adapter_config.json"), file, model);
});

describe("merging", () => {
  test("equals merge_and_unload, with the size that it says", async () => {
    const { size, chunks } = mergeAdapter(await openCheckpoint(nano), adapter, model, "base");
    const pieces: Uint8Array[] = [];
    for await (const chunk of chunks) pieces.push(new Uint8Array(chunk));
    const merged = readAllFloat32(new Uint8Array(Buffer.concat(pieces)));
    expect(Buffer.concat(pieces).length).toBe(size);
    const expected = readAllFloat32(await fixtureBytes("adapters/merged/model.safetensors"));
    expect([...merged.keys()]).toEqual([...expected.keys()]);
    let worst = 0;
    for (const [name, { values }] of expected)
      for (let i = 0; i < values.length; i++)
        worst = Math.max(worst, Math.abs(at(values, i) - at(entry(merged, name).values, i)));
    expect(worst).toBeLessThan(1e-7);
  });

  test("keeps BF16, or widens it exactly", async () => {
    const bf16 = await openCheckpoint(diskModel(fixture("nano"), { "model.safetensors": "model.bf16.safetensors" }));
    const collect = async (type: "base" | "F32") => {
      const pieces: Uint8Array[] = [];
      for await (const chunk of mergeAdapter(bf16, adapter, model, type).chunks) pieces.push(new Uint8Array(chunk));
      return new Uint8Array(Buffer.concat(pieces));
    };
    const kept = await collect("base");
    const wide = await collect("F32");
    expect(new Set([...parseHeader(kept).tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(["BF16"]));
    const [a, b] = [readAllFloat32(kept), readAllFloat32(wide)];
    expect(a.get("embed_tokens.weight")).toEqual(b.get("embed_tokens.weight"));
    const name = "layers.0.self_attn.q_proj.weight";
    for (let i = 0; i < 100; i++)
      expect(Math.abs(at(entry(a, name).values, i) - at(entry(b, name).values, i))).toBeLessThan(
        2 ** -8 * Math.abs(at(entry(b, name).values, i)) + 1e-9,
      );
  });
});
