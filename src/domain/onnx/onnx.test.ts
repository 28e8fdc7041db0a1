import { appendFile, link, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, pipeline } from "@huggingface/transformers";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diskModel, fixture, fixtureBytes, fixtureJson, memoryModel, tinyBase } from "../../testing/modelFiles.ts";
import { BASE_CONFIG_PATH, buildArtifact, mergeAdapter, PROBE_TEXTS, readAdapter } from "../artifact/index.ts";
import { sampleInput } from "../artifact/sample.ts";
import { readModelConfig, type ModelConfig } from "../modelConfig.ts";
import { at, entry } from "../present.ts";
import { openCheckpoint, parseHeader, toFloat64 } from "../safetensors/index.ts";
import { ropeTables, writeBaseOnnx, writeTunedOnnx, type OnnxSink } from "./index.ts";

let folder: string;
let config: ModelConfig;
const PAD = 511;
const sinkInto =
  (prefix: string): OnnxSink =>
  (path, bytes) =>
    appendFile(join(folder, prefix + path), bytes);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "onnx-"));
  ({ config } = await writeBaseOnnx(diskModel(fixture("nano")), sinkInto("")));
});
afterAll(() => rm(folder, { recursive: true }));

/** L2-normalized last hidden states of a batch, padded to one length on one side. */
const embed = async (
  session: InferenceSession,
  texts: number[][],
  side: "left" | "right" = "left",
  pad = PAD,
): Promise<number[][]> => {
  const length = Math.max(...texts.map((text) => text.length));
  const row = (text: number[], filler: number, values: number[]) => {
    const padding = Array<number>(length - text.length).fill(filler);
    return side === "left" ? [...padding, ...values] : [...values, ...padding];
  };
  const tensor = (rows: number[][]) =>
    new Tensor("int64", BigInt64Array.from(rows.flat(), BigInt), [texts.length, length]);
  const { last_hidden_state: state } = await session.run({
    input_ids: tensor(texts.map((text) => row(text, pad, text))),
    attention_mask: tensor(
      texts.map((text) =>
        row(
          text,
          0,
          text.map(() => 1),
        ),
      ),
    ),
  });
  const data = state!.data as Float32Array;
  const dim = at(state!.dims, 2);
  return texts.map((text, i) => {
    const last = i * length + (side === "left" ? length : text.length) - 1;
    const vector = [...data.subarray(last * dim, (last + 1) * dim)];
    const norm = Math.hypot(...vector);
    return vector.map((value) => value / norm);
  });
};
const worst = (a: number[][], b: number[][]) =>
  Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - at(at(b, i), j)))));
const open = (name: string) => InferenceSession.create(join(folder, name));

interface Forward {
  batches: Record<string, number[][]>;
  embeddings_f64: Record<string, number[][]>;
}
interface Expected {
  token_ids: number[][];
  embeddings: Record<string, number[][]>;
  with_prompt: Record<string, { token_ids: number[][]; embeddings_f32: number[][] }>;
}

describe("base", () => {
  test("equals PyTorch's embeddings for every length, padded left, padded right, and one by one", async () => {
    const session = await open("model.onnx");
    expect(session.inputNames).toEqual(["input_ids", "attention_mask"]);
    expect(session.outputNames).toEqual(["last_hidden_state"]);
    const { batches, embeddings_f64 } = await fixtureJson<Forward>("forward/forward.json");
    for (const [name, batch] of Object.entries(batches)) {
      const expected = embeddings_f64[name]!;
      expect(worst(await embed(session, batch), expected), name).toBeLessThan(2e-6);
      expect(worst(await embed(session, batch, "right"), expected), name).toBeLessThan(2e-6);
    }
    const alone = await Promise.all(batches.ladder!.map(async (text) => at(await embed(session, [text]), 0)));
    expect(worst(alone, embeddings_f64.ladder!)).toBeLessThan(2e-6);
  });

  test("widens BF16 weights exactly: equals PyTorch on the same BF16 checkpoint", async () => {
    await writeBaseOnnx(diskModel(fixture("nano"), { "model.safetensors": "model.bf16.safetensors" }), sinkInto(""), {
      graph: "bf16.onnx",
      data: "bf16.onnx_data",
    });
    const { batches } = await fixtureJson<Forward>("forward/forward.json");
    const file = await fixtureBytes("forward/forward.safetensors");
    const { start, end } = entry(parseHeader(file).tensors, "ladder.embeddings.bf16_weights.f64");
    const flat = [...toFloat64(file.subarray(start, end), "F64")];
    const expected = batches.ladder!.map((_, i) => flat.slice(i * 64, (i + 1) * 64));
    expect(worst(await embed(await open("bf16.onnx"), batches.ladder!), expected)).toBeLessThan(2e-6);
  });

  test("refuses weights that are not those of config.json", async () => {
    const nano = diskModel(fixture("nano"));
    const other = { ...(await fixtureJson<object>("nano/config.json")), intermediate_size: 128 };
    const mixed = memoryModel({
      "config.json": new TextEncoder().encode(JSON.stringify(other)),
      "model.safetensors": await nano.read("model.safetensors"),
    });
    await expect(writeBaseOnnx(mixed, async () => {})).rejects.toMatchObject({ code: "tensor-shape" });
  });
});

describe("tuned", () => {
  test("base file and adapter file together equal PEFT's embeddings, with and without prompt", async () => {
    const adapter = await readAdapter(diskModel(fixture("adapters/peft_adapter")), config);
    const { adapterBytes } = await writeTunedOnnx(config, adapter, sinkInto(""), {
      graph: "tuned.onnx",
      baseData: "model.onnx_data",
      adapterData: "tuned.onnx_data",
    });
    expect((await stat(join(folder, "tuned.onnx_data"))).size).toBe(adapterBytes);
    const session = await open("tuned.onnx");
    const { token_ids, embeddings, with_prompt } = await fixtureJson<Expected>("adapters/expected.json");
    const tuned = await embed(session, token_ids);
    expect(worst(tuned, embeddings.adapter_f64!)).toBeLessThan(1e-5);
    expect(worst(tuned, embeddings.base_f64!)).toBeGreaterThan(1e-2);
    const { query } = with_prompt;
    expect(worst(await embed(session, query!.token_ids), query!.embeddings_f32)).toBeLessThan(1e-5);
    const base = await open("model.onnx");
    expect(worst(await embed(base, token_ids), embeddings.base_f64!)).toBeLessThan(1e-5);
  });
});

test("rotary tables equal transformers' at far positions", async () => {
  const file = await fixtureBytes("ops/rope_table_128.safetensors");
  const { tensors } = parseHeader(file);
  const read = (name: string) => {
    const { start, end } = entry(tensors, name);
    return new Float32Array(file.slice(start, end).buffer);
  };
  const { start, end } = entry(tensors, "positions");
  const positions = new Int32Array(file.slice(start, end).buffer);
  const { cos, sin } = ropeTables(Math.max(...positions) + 1, 128, 1e6);
  positions.forEach((position, row) => {
    for (let i = 0; i < 64; i++) {
      expect(Math.abs(at(cos, position * 64 + i) - at(read("reference_cos_f32"), row * 128 + i))).toBeLessThan(
        1e-6 + position * 2 ** -23,
      );
      expect(Math.abs(at(sin, position * 64 + i) - at(read("reference_sin_f32"), row * 128 + i))).toBeLessThan(
        1e-6 + position * 2 ** -23,
      );
    }
  });
});

describe("the tiny base as an artifact in transformers.js", () => {
  const settings = { ...env }; // the library's, and other test files of this process use it too
  afterAll(() => void Object.assign(env, settings));
  test("loads by its usual names, pools and normalizes, and equals the merged weights", async () => {
    const base = diskModel(tinyBase);
    const input = await sampleInput(base);
    const tiny = await readModelConfig(base);
    const place = async (name: string, files: { path: string; bytes: Uint8Array }[]) => {
      await mkdir(join(folder, name, "onnx"), { recursive: true });
      for (const { path, bytes } of files.filter(({ path }) => !path.includes("/")))
        // The hub serves the base's config under its usual name.
        await writeFile(join(folder, name, path === BASE_CONFIG_PATH ? "config.json" : path), bytes);
    };
    const files = await buildArtifact(input);
    await place("tuned", files);
    await place("base", files);
    await writeBaseOnnx(base, sinkInto("base/onnx/"));
    await link(join(folder, "base/onnx/model.onnx_data"), join(folder, "tuned/onnx/model.onnx_data"));
    await writeTunedOnnx(tiny, input.adapter, sinkInto("tuned/onnx/"));
    const weights: Uint8Array[] = [];
    for await (const chunk of mergeAdapter(await openCheckpoint(base), input.adapter, tiny, "F32").chunks)
      weights.push(new Uint8Array(chunk));
    const merged = memoryModel({
      "config.json": await base.read("config.json"),
      "model.safetensors": new Uint8Array(Buffer.concat(weights)),
    });
    await writeBaseOnnx(merged, sinkInto(""), { graph: "merged.onnx", data: "merged.onnx_data" });

    env.localModelPath = `${folder}/`;
    env.allowLocalModels = true;
    env.allowRemoteModels = false;
    const extract = await pipeline("feature-extraction", "tuned", { dtype: "fp32" });
    const texts = PROBE_TEXTS.map((text) => `${input.prompts.query}${text}`);
    const output = await extract(texts, { pooling: "last_token", normalize: true });
    const piped = output.tolist() as number[][];
    const ids = texts.map((text) => extract.tokenizer.encode(text));
    expect(ids.every((row) => row.at(-1) === 8190)).toBe(true);
    expect(worst(await embed(await open("merged.onnx"), ids, "left", 8190), piped)).toBeLessThan(1e-5);
    expect(worst(await embed(await open("base/onnx/model.onnx"), ids, "left", 8190), piped)).toBeGreaterThan(1e-3);
    await extract.dispose();
  });
});
