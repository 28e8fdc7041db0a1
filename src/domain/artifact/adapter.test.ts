import { beforeAll, describe, expect, test } from "vitest";
import { parseModelConfig, readModelConfig, type ModelConfig } from "../modelConfig.ts";
import {
  f32ToF16,
  openCheckpoint,
  parseHeader,
  readAllFloat32,
  writeSafetensors,
  type TensorData,
} from "../safetensors/index.ts";
import { diskModel, fixture, fixtureBytes, fixtureJson } from "../../testing/modelFiles.ts";
import {
  adapterFile,
  canonicalName,
  mergeAdapter,
  parseAdapter,
  parsePeftConfig,
  peftConfig,
  readAdapter,
  type Adapter,
} from "./index.ts";

const nano = diskModel(fixture("nano"));
let model: ModelConfig;
let adapter: Adapter;
let file: Uint8Array;
let config: Record<string, unknown>;
beforeAll(async () => {
  model = await readModelConfig(nano);
  file = await fixtureBytes("adapters/peft_adapter/adapter_model.safetensors");
  config = await fixtureJson("adapters/peft_adapter/adapter_config.json");
  adapter = parseAdapter(config, file, model);
});

const tensors = (): TensorData[] =>
  [...parseHeader(file).tensors.values()].map((tensor) => ({ ...tensor, data: file.slice(tensor.start, tensor.end) }));
const renamed = (rename: (name: string) => string) =>
  writeSafetensors(tensors().map((tensor) => ({ ...tensor, name: rename(tensor.name) })));

describe("PEFT adapter", () => {
  test("reads PEFT's and sentence-transformers' folders, and writes PEFT's file byte for byte", async () => {
    const other = await readAdapter(diskModel(fixture("adapters/sentence_transformers_adapter")), model);
    expect(other).toEqual(adapter);
    expect(adapter).toMatchObject({ rank: 4, alpha: 8, scaling: 2 });
    expect(adapter.tensors.size).toBe(28);
    expect(Buffer.compare(adapterFile(adapter, model), file)).toBe(0);
  });

  test("writes PEFT's config: the same keys and, but for the base and the set's order, the same values", () => {
    const written = peftConfig(adapter, { id: "nano", revision: null });
    expect(Object.keys(written)).toEqual(Object.keys(config));
    expect({ ...written, target_modules: null }).toEqual({ ...config, target_modules: null });
    expect([...(written.target_modules as string[])].sort()).toEqual([...(config.target_modules as string[])].sort());
    expect(parsePeftConfig(written)).toEqual({
      rank: 4,
      alpha: 8,
      scaling: 2,
      targets: adapter.targets,
      taskType: "FEATURE_EXTRACTION",
      base: "nano",
    });
  });

  test.each([
    ["trained as a causal LM", (name: string) => name.replace("base_model.model.", "base_model.model.model.")],
    ["bare", (name: string) => name.replace("base_model.model.", "")],
    ["with model.", (name: string) => name.replace("base_model.model.", "model.")],
    ["with .default", (name: string) => name.replace(".weight", ".default.weight")],
  ])("reads names %s", (_label, rename) => {
    expect(parseAdapter(config, renamed(rename), model).tensors).toEqual(adapter.tensors);
  });

  test("the fixtures' own table of spellings is covered", async () => {
    const { key_names } = await fixtureJson<{ key_names: Record<string, unknown> }>("adapters/expected.json");
    for (const spelling of Object.keys(key_names))
      expect(canonicalName(spelling.replace("layers.0...", "layers.0.self_attn.q_proj."))?.name, spelling).toBe(
        "base_model.model.layers.0.self_attn.q_proj.lora_A.weight",
      );
  });

  test("reads half precision", () => {
    const halves = tensors().map((tensor) => ({
      ...tensor,
      dtype: "F16" as const,
      data: f32ToF16(new Float32Array((tensor.data as Uint8Array).buffer as ArrayBuffer)),
    }));
    const read = parseAdapter(config, writeSafetensors(halves), model);
    for (const [name, values] of read.tensors)
      for (let i = 0; i < values.length; i++)
        expect(Math.abs(values[i]! - adapter.tensors.get(name)![i]!)).toBeLessThan(2e-4);
  });

  test.each([
    [
      "mixed spellings",
      "adapter-mixed-names",
      () => renamed((name) => (name.includes("layers.0") ? name : name.replace(".weight", ".default.weight"))),
    ],
    [
      "a DoRA magnitude",
      "adapter-unsupported",
      () =>
        writeSafetensors([
          ...tensors(),
          {
            name: "base_model.model.layers.0.self_attn.q_proj.lora_magnitude_vector",
            dtype: "F32",
            shape: [1],
            data: new Float32Array(1),
          },
        ]),
    ],
    ["a missing tensor", "adapter-mismatch", () => writeSafetensors(tensors().slice(1))],
    ["a layer too many", "adapter-mismatch", () => renamed((name) => name.replace("layers.1", "layers.2"))],
    [
      "another shape",
      "adapter-mismatch",
      () => writeSafetensors(tensors().map((tensor) => ({ ...tensor, shape: tensor.shape.toReversed() }))),
    ],
    [
      "a NaN",
      "adapter-not-finite",
      () =>
        writeSafetensors(
          tensors().map((tensor, i) =>
            i ? tensor : { ...tensor, data: new Float32Array(tensor.shape[0]! * tensor.shape[1]!).fill(NaN) },
          ),
        ),
    ],
    ["a cut file", "safetensors-invalid", () => file.slice(0, -5)],
  ])("refuses %s", (_label, code, make) => {
    expect(() => parseAdapter(config, make(), model)).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    ["use_dora", true], ["bias", "all"], ["modules_to_save", ["norm"]], ["rank_pattern", { q_proj: 8 }], ["layers_to_transform", [0]],
    ["peft_type", "IA3"], ["target_modules", ["embed_tokens"]], ["r", 0],
  ])("refuses a config with %s, by name", (field, value) => {
    expect(() => parsePeftConfig({ ...config, [field]: value })).toThrow(expect.objectContaining({ code: "adapter-unsupported", message: expect.stringContaining(field) }));
  }); // prettier-ignore

  test("rank-stabilised LoRA divides by the root of the rank", () => {
    expect(parsePeftConfig({ ...config, use_rslora: true }).scaling).toBe(4);
  });
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
        worst = Math.max(worst, Math.abs(values[i]! - merged.get(name)!.values[i]!));
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
      expect(Math.abs(a.get(name)!.values[i]! - b.get(name)!.values[i]!)).toBeLessThan(
        2 ** -8 * Math.abs(b.get(name)!.values[i]!) + 1e-9,
      );
  });
});

test("both spellings of config.json say the same; scaled tables and other architectures are refused", async () => {
  const config = await fixtureJson<Record<string, unknown>>("nano/config.json");
  expect(parseModelConfig(await fixtureJson("nano/config.transformers4.json"))).toEqual(parseModelConfig(config));
  for (const bad of [
    { model_type: "bert" },
    { use_sliding_window: true },
    { hidden_act: "gelu" },
    { rope_parameters: { rope_theta: 1e6, rope_type: "yarn" } },
    { rope_scaling: { factor: 4 } },
  ])
    expect(() => parseModelConfig({ ...config, ...bad }), JSON.stringify(bad)).toThrow(
      expect.objectContaining({ code: "config-unsupported", message: expect.stringContaining(Object.keys(bad)[0]!) }),
    );
});
