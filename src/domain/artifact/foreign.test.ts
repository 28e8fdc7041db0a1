import { beforeAll, describe, expect, test } from "vitest";
import { diskModel, fixture, fixtureBytes, fixtureJson } from "../../testing/modelFiles.ts";
import { readModelConfig, type ModelConfig } from "../modelConfig.ts";
import { entry } from "../present.ts";
import { openCheckpoint, parseHeader, readAllFloat32, writeSafetensors } from "../safetensors/index.ts";
import { adapterFile, mergeAdapter, parseAdapter, peftConfig, readForeign, readForeignFolder } from "./index.ts";

const nano = diskModel(fixture("nano"));
let model: ModelConfig;
beforeAll(async () => {
  model = await readModelConfig(nano);
});
const folder = (name: string) => diskModel(fixture(`foreign/${name}`));

describe("adapters whose modules differ, as PEFT writes them", () => {
  test.each([
    ["patterns", 3, /ranks or alphas of their own/, 6],
    ["regex", 2, /2 projections are left as they are/, 4],
    ["layers", 2, /2 projections are left as they are/, 2],
  ])("%s: change every weight as PEFT does", async (name, rank, note, changed) => {
    const { adapter, notes } = await readForeignFolder(folder(name), model);
    expect(adapter.rank).toBe(rank);
    expect(notes).toEqual([expect.stringMatching(note)]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of mergeAdapter(await openCheckpoint(nano), adapter, model, "F32").chunks)
      chunks.push(new Uint8Array(chunk));
    const [merged, base, deltas] = [
      readAllFloat32(new Uint8Array(Buffer.concat(chunks))),
      readAllFloat32(await fixtureBytes("nano/model.safetensors")),
      readAllFloat32(await fixtureBytes(`foreign/${name}/deltas.safetensors`)),
    ];
    expect(deltas.size).toBe(changed);
    let worst = 0;
    for (const [weight, { values, shape }] of merged) {
      const before = entry(base, weight).values;
      const delta = deltas.get(weight)?.values;
      const columns = shape[1] ?? 1;
      // The fixture holds every eighth row.
      for (let i = 0; i < values.length; i++)
        if (Math.floor(i / columns) % 8 === 0) {
          const expected = delta?.[Math.floor(i / columns / 8) * columns + (i % columns)] ?? 0;
          worst = Math.max(worst, Math.abs(values[i]! - before[i]! - expected));
        }
    }
    expect(worst).toBeLessThan(5e-7);
    // Written as the studio writes it, the same adapter comes back.
    const written = parseAdapter(
      peftConfig(adapter, { id: "nano", revision: null }),
      adapterFile(adapter, model),
      model,
    );
    expect(written).toEqual(adapter);
  });

  test("layers that are missing without the config's word are refused", async () => {
    const config = await fixtureJson<Record<string, unknown>>("foreign/layers/adapter_config.json");
    const file = await fixtureBytes("foreign/layers/adapter_model.safetensors");
    expect(() => readForeign({ ...config, layers_to_transform: null }, file, model)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("adapts the layers 1; the base has the layers 0 to 1"),
        hint: expect.stringContaining("layers_to_transform"),
      }),
    );
    // A pattern that could take for ever tells nothing.
    const costly = { ...config, layers_to_transform: null, target_modules: "(.*.*)*layers.1.*" };
    expect(() => readForeign(costly, file, model)).toThrow(expect.objectContaining({ code: "adapter-mismatch" }));
  });

  test("an adapted output layer is left out with a word, and the adapter's own name in the names is read", async () => {
    const config = await fixtureJson("adapters/peft_adapter/adapter_config.json");
    const file = await fixtureBytes("adapters/peft_adapter/adapter_model.safetensors");
    const tensors = [...parseHeader(file).tensors.values()].map((tensor) => ({
      ...tensor,
      name: tensor.name.replace(/\.weight$/, ".support.weight"),
      data: file.slice(tensor.start, tensor.end),
    }));
    const head = {
      name: "base_model.model.lm_head.lora_A.support.weight",
      dtype: "F32" as const,
      shape: [1],
      data: new Float32Array(1),
    };
    const { adapter, notes } = readForeign(config, writeSafetensors([...tensors, head]), model);
    expect(adapter).toEqual(parseAdapter(config, file, model));
    expect(notes).toEqual([expect.stringContaining("output layer")]);
    expect(() => readForeign(config, writeSafetensors([head]), model)).toThrow(/output layer alone/);
  });
});
