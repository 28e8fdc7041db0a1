import { beforeAll, describe, expect, test } from "vitest";
import { diskModel, fixture, fixtureBytes, fixtureJson, memoryModel } from "../../testing/modelFiles.ts";
import { readModelConfig, type ModelConfig } from "../modelConfig.ts";
import { at, entry } from "../present.ts";
import { f32ToF16, parseHeader, writeSafetensors, type TensorData } from "../safetensors/index.ts";
import {
  adapterFile,
  canonicalName,
  jsonBytes,
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
      rankStabilized: false,
      scaling: 2,
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
        expect(Math.abs(at(values, i) - at(entry(adapter.tensors, name), i))).toBeLessThan(2e-4);
  });

  const added = (name: string, shape: number[] = [1]) =>
    writeSafetensors([
      ...tensors(),
      { name, dtype: "F32", shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
    ]);
  const filled = (value: number) =>
    writeSafetensors(
      tensors().map((tensor, i) =>
        i ? tensor : { ...tensor, data: new Float32Array(at(tensor.shape, 0) * at(tensor.shape, 1)).fill(value) },
      ),
    );
  const without = (pattern: RegExp) => writeSafetensors(tensors().filter(({ name }) => !pattern.test(name)));
  const wider = () =>
    writeSafetensors(
      tensors().map((tensor) => {
        const shape = tensor.shape.map((size) => (size === 64 ? 128 : size));
        return { ...tensor, shape, data: new Float32Array(at(shape, 0) * at(shape, 1)) };
      }),
    );
  const inLayer = "base_model.model.layers.0.self_attn.q_proj";
  test.each<[string, string, RegExp, () => Uint8Array]>([
    [
      "mixed spellings",
      "adapter-mixed-names",
      /default/,
      () => renamed((name) => (name.includes("layers.0") ? name : name.replace(".weight", ".default.weight"))),
    ],
    [
      "a DoRA magnitude",
      "adapter-unsupported",
      /q_proj\.lora_magnitude_vector, of DoRA/,
      () => added(`${inLayer}.lora_magnitude_vector`),
    ],
    [
      "an adapted embedding",
      "adapter-unsupported",
      /lora_embedding_A, which adapts an embedding/,
      () => added("base_model.model.embed_tokens.lora_embedding_A"),
    ],
    [
      "another adapted module",
      "adapter-unsupported",
      /pooler.*other than a projection/,
      () => added("base_model.model.pooler.lora_A.weight"),
    ],
    ["a bias of LoRA", "adapter-unsupported", /lora_B\.bias, a bias of LoRA/, () => added(`${inLayer}.lora_B.bias`)],
    ["a trained bias", "adapter-unsupported", /q_proj\.bias, a bias/, () => added(`${inLayer}.bias`)],
    [
      "a module saved whole",
      "adapter-unsupported",
      /norm.*saved whole/,
      () => added("base_model.model.norm.modules_to_save.weight"),
    ],
    ["a tensor of no kind", "adapter-unsupported", /no LoRA factor/, () => added("rotary.inv_freq")],
    [
      "a missing tensor",
      "adapter-mismatch",
      /has no base_model\.model\.layers\.0\.mlp\.down_proj\.lora_A/,
      () => writeSafetensors(tensors().slice(1)),
    ],
    [
      "half of the layers",
      "adapter-mismatch",
      /adapts the layers 0; the base has the layers 0 to 1/,
      () => without(/layers\.1/),
    ],
    [
      "a projection of half of the layers",
      "adapter-mismatch",
      /has no .*layers\.1\.mlp\.up_proj\.lora_A/,
      () => without(/layers\.1\.mlp\.up_proj/),
    ],
    [
      "a layer too many",
      "adapter-mismatch",
      /adapts the layers 0, 2; the base has the layers 0 to 1/,
      () => renamed((name) => name.replace("layers.1", "layers.2")),
    ],
    [
      "a projection in a wrong place",
      "adapter-mismatch",
      /self_attn\.up_proj.*no place/,
      () => renamed((name) => name.replace("layers.1.self_attn.k_proj", "layers.1.self_attn.up_proj")),
    ],
    [
      "another shape",
      "adapter-mismatch",
      /has shape \[/,
      () => writeSafetensors(tensors().map((tensor) => ({ ...tensor, shape: tensor.shape.toReversed() }))),
    ],
    [
      "the shape of another base",
      "adapter-mismatch",
      /has shape \[128, 4\] in base_model.*where \[64, 4\] is wanted/,
      wider,
    ],
    ["a NaN", "adapter-not-finite", /lora_A\.weight/, () => filled(NaN)],
    ["an infinity", "adapter-not-finite", /lora_A\.weight/, () => filled(Infinity)],
    ["a cut file", "safetensors-invalid", /./, () => file.slice(0, -5)],
    ["an empty file", "safetensors-invalid", /./, () => new Uint8Array(0)],
    ["no tensors", "adapter-mismatch", /no tensors/, () => writeSafetensors([])],
  ])("refuses %s, naming it", (_label, code, message, make) => {
    expect(() => parseAdapter(config, make(), model)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test("names the base that the config names, and a rank that the tensors do not have", () => {
    const hint = (json: object, bytes: Uint8Array) => {
      try {
        parseAdapter(json, bytes, model);
      } catch (thrown) {
        return (thrown as { hint: string }).hint;
      }
    };
    expect(hint({ ...config, base_model_name_or_path: "Qwen/Other" }, wider())).toContain("Qwen/Other");
    expect(hint({ ...config, r: 8 }, file)).toContain("says rank 8, the tensor has 4");
  });

  test.each<[string, Record<string, unknown>]>([
    ["a pattern", { target_modules: ".*\\.(q|k|v|o|gate|up|down)_proj" }],
    ["all-linear", { target_modules: "all-linear" }],
    ["full paths", { target_modules: ["model.layers.0.self_attn.q_proj"] }],
    ["paths inside a layer", { target_modules: ["self_attn.q_proj", "mlp.up_proj"] }],
    ["exclusions", { target_modules: "all-linear", exclude_modules: ["lm_head"] }],
    ["an excluding pattern", { exclude_modules: ".*lm_head" }],
    ["every layer by number", { layers_to_transform: [0, 1], layers_pattern: "layers" }],
    ["no targets at all", { target_modules: null }],
    ["a switch for transposed layers, which this model has none of", { fan_in_fan_out: true }],
    ["a start that leaves the base alone", { init_lora_weights: "gaussian" }],
    ["a start by activations", { init_lora_weights: "eva", eva_config: { rho: 2 } }],
    ["keys of no consequence", { lora_dropout: 0.1, unsloth_fixed: true, qalora_group_size: 16, use_something: false }],
  ])("reads what the tensors adapt where the config has %s", (_label, change) => {
    expect(parseAdapter({ ...config, ...change }, file, model)).toEqual(adapter);
  });

  test("reads the few keys that PEFT's first versions wrote", () => {
    const old = {
      peft_type: "LORA",
      r: 4,
      lora_alpha: 8,
      target_modules: config.target_modules,
      base_model_name_or_path: "nano",
    };
    expect(parseAdapter(old, file, model)).toEqual(adapter);
  });

  test("reads an adapter of some projections, which the rest of the config need not agree with", () => {
    const some = parseAdapter(config, without(/k_proj|mlp/), model);
    expect(some.targets).toEqual(["q_proj", "v_proj", "o_proj"]);
    expect(some.tensors.size).toBe(12);
  });

  test.each<[string, unknown]>([
    ["use_dora", true],
    ["bias", "all"],
    ["lora_bias", true],
    ["modules_to_save", ["norm"]],
    ["rank_pattern", { q_proj: 0 }],
    ["alpha_pattern", { q_proj: 0 }],
    ["peft_type", "IA3"],
    ["r", 0],
    ["lora_alpha", 0],
    ["layer_replication", [[0, 1]]],
    ["trainable_token_indices", [1]],
    ["target_parameters", ["w"]],
    ["alora_invocation_tokens", [1]],
    ["use_qalora", true],
    ["use_bdlora", { a: 1 }],
    ["kasa_config", { a: 1 }],
    ["use_variant_of_next_year", true],
    ["next_config", { a: 1 }],
    ...["pissa", "pissa_niter_16", "olora", "OLoRA", "corda", "loftq", "lora_ga", "unheard-of"].map(
      (start): [string, unknown] => ["init_lora_weights", start],
    ),
  ])("refuses a config with %s %j, by name and value", (field, value) => {
    const refused = expect.objectContaining({
      code: "adapter-unsupported",
      message: expect.stringContaining(`${field} (${JSON.stringify(value)})`),
    });
    expect(() => parsePeftConfig({ ...config, [field]: value })).toThrow(refused);
  });

  test("says how an adapter with a changed base becomes a plain one", () => {
    expect(() => parsePeftConfig({ ...config, init_lora_weights: "pissa" })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("path_initial_model_for_weight_conversion") }),
    );
  });

  test("refuses what is no config", () => {
    for (const json of [null, [], "LORA", {}])
      expect(() => parsePeftConfig(json)).toThrow(expect.objectContaining({ code: "adapter-unsupported" }));
  });

  test("says what to do with a pickle", async () => {
    const folder = memoryModel({ "adapter_config.json": jsonBytes(config), "adapter_model.bin": new Uint8Array(1) });
    await expect(readAdapter(folder, model)).rejects.toMatchObject({
      code: "adapter-missing",
      hint: expect.stringContaining("adapter_model.bin"),
    });
  });

  test("rank-stabilized LoRA divides by the root of the rank, and is written as what it is", () => {
    const stabilized = parseAdapter({ ...config, use_rslora: true }, file, model);
    expect(stabilized).toMatchObject({ rankStabilized: true, scaling: 4 });
    const written = peftConfig(stabilized, { id: "nano", revision: null });
    expect(parseAdapter(written, adapterFile(stabilized, model), model)).toEqual(stabilized);
  });
});
