import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diskModel, fixture, fixtureBytes, memoryModel } from "../../testing/modelFiles.ts";
import { at, entry } from "../present.ts";
import {
  bf16ToF32,
  f16ToF32,
  f32ToBf16,
  f32ToF16,
  openCheckpoint,
  parseHeader,
  readAllFloat32,
  readHeader,
  toFloat32,
  toFloat64,
  toInt32,
  writeSafetensors,
} from "./index.ts";

const withHeader = (header: string | object, data = 0): Uint8Array => {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + data);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
};
const f32 = (start: number, end: number, shape = [(end - start) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [start, end],
});

describe("header", () => {
  test.each([
    ["empty file", new Uint8Array(0), /fewer than the 8/],
    ["cut length field", new Uint8Array(5), /fewer than the 8/],
    ["cut header", withHeader({ a: f32(0, 4) }, 4).subarray(0, 20), /ends inside its header/],
    ["huge header", Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0, 1), /larger than 100 MB/],
    ["no JSON", withHeader("{nonsense"), /not valid JSON/],
    ["no UTF-8", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe), /not valid JSON/],
    ["an array", withHeader("[]"), /not a JSON object/],
    ["missing fields", withHeader({ a: { dtype: "F32" } }), /tensor a is not/],
    ["negative size", withHeader({ a: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } }, 4), /tensor a is not/],
    ["unknown type", withHeader({ a: { dtype: "F31", shape: [1], data_offsets: [0, 4] } }, 4), /unknown type F31/],
    ["wrong size", withHeader({ a: f32(0, 8, [3]) }, 8), /takes 8 bytes where its shape wants 12/],
    ["end before start", withHeader({ a: { dtype: "F32", shape: [1], data_offsets: [4, 0] } }, 4), /takes -4 bytes/],
    ["overlap", withHeader({ a: f32(0, 8), b: f32(4, 12) }, 12), /b overlaps/],
    ["gap", withHeader({ a: f32(0, 4), b: f32(8, 12) }, 12), /gap before tensor b/],
    ["cut data", withHeader({ a: f32(0, 8) }, 4), /truncated/],
    ["bytes too many", withHeader({ a: f32(0, 4) }, 9), /5 bytes follow/],
    ["bad metadata", withHeader({ __metadata__: { a: 1 } }), /metadata/],
  ])("refuses %s", (_name, file, message) => {
    expect(() => parseHeader(file)).toThrow(
      expect.objectContaining({ code: "safetensors-invalid", message: expect.stringMatching(message) }),
    );
  });

  test("refuses every truncation of a real file", async () => {
    const file = await fixtureBytes("adapters/peft_adapter/adapter_model.safetensors");
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), async (cut) => {
        const short = file.subarray(0, cut);
        await expect(readHeader(async (a, b) => short.subarray(a, b), short.length)).rejects.toMatchObject({
          code: "safetensors-invalid",
        });
      }),
      { numRuns: 50 },
    );
  });

  test("tells a read that came back short", async () => {
    const file = withHeader({ a: f32(0, 4) }, 4);
    await expect(readHeader(async () => file.subarray(0, 3), file.length)).rejects.toThrow(/asked for and 3 came/);
  });
});

describe("writer", () => {
  test("gives the reference implementation's bytes, whatever the order", async () => {
    for (const path of [
      "adapters/peft_adapter/adapter_model.safetensors",
      "ops/attention.safetensors",
      "nano/model.bf16.safetensors",
    ]) {
      const file = await fixtureBytes(path);
      const tensors = [...parseHeader(file).tensors.values()].reverse();
      const written = writeSafetensors(
        tensors.map((tensor) => ({ ...tensor, data: file.subarray(tensor.start, tensor.end) })),
      );
      expect(Buffer.compare(written, file), path).toBe(0);
    }
  });

  test("reads back what it wrote, types mixed", () => {
    const file = writeSafetensors([
      { name: "b", dtype: "F32", shape: [1, 3], data: Float32Array.of(1, -2, 3.5) },
      { name: "a", dtype: "BF16", shape: [1], data: f32ToBf16(Float32Array.of(0.5)) },
      { name: "c", dtype: "F64", shape: [], data: Float64Array.of(Math.PI) },
      { name: "none", dtype: "F32", shape: [0, 4], data: new Float32Array(0) },
    ]);
    const { tensors, dataStart, metadata } = parseHeader(file);
    expect(dataStart % 8).toBe(0);
    expect(metadata).toEqual({ format: "pt" });
    expect([...tensors.keys()]).toEqual(["c", "b", "none", "a"]);
    const c = entry(tensors, "c");
    expect(toFloat64(file.subarray(c.start, c.end), "F64")).toEqual(Float64Array.of(Math.PI));
    expect(readAllFloat32(file).get("b")).toEqual({ shape: [1, 3], values: Float32Array.of(1, -2, 3.5) });
  });

  test("refuses data that does not fit its shape, and names twice", () => {
    const tensor = { name: "a", dtype: "F32" as const, shape: [2], data: new Float32Array(3) };
    expect(() => writeSafetensors([tensor])).toThrow(/has 12 bytes where its shape wants 8/);
    expect(() => writeSafetensors([tensor, tensor])).toThrow(/Two tensors/);
  });
});

describe("types", () => {
  test("half and brain floats equal torch's rounding of the same model", async () => {
    const [exact, bf16, f16] = await Promise.all(
      ["model", "model.bf16", "model.f16"].map(async (name) => {
        const bytes = await fixtureBytes(`nano/${name}.safetensors`);
        return { bytes, tensors: parseHeader(bytes).tensors };
      }),
    );
    for (const [name, { start, end }] of exact!.tensors) {
      const values = toFloat32(exact!.bytes.subarray(start, end), "F32");
      const stored = (of: typeof exact) => {
        const at = entry(of!.tensors, name);
        return new Uint16Array(of!.bytes.slice(at.start, at.end).buffer);
      };
      expect(f32ToBf16(values)).toEqual(stored(bf16));
      expect(f32ToF16(values)).toEqual(stored(f16));
    }
  });

  test("every finite half survives the way to F32 and back; every BF16 likewise", () => {
    const words = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const halves = words.filter((word) => (word & 0x7c00) !== 0x7c00);
    expect(f32ToF16(f16ToF32(halves))).toEqual(halves);
    const brains = words.filter((word) => (word & 0x7f80) !== 0x7f80);
    expect(f32ToBf16(bf16ToF32(brains))).toEqual(brains);
    expect(f16ToF32(Uint16Array.of(0x7c00, 0xfc00, 1, 0x8000))).toEqual(
      Float32Array.of(Infinity, -Infinity, 2 ** -24, -0),
    );
    expect(bf16ToF32(f32ToBf16(Float32Array.of(NaN, Infinity, -Infinity)))).toEqual(
      Float32Array.of(NaN, Infinity, -Infinity),
    );
  });

  test("reads from any alignment, and refuses types it cannot read", () => {
    const bytes = new Uint8Array(13);
    new DataView(bytes.buffer).setFloat32(1, 1.5, true);
    expect(toFloat32(bytes.subarray(1, 5), "F32")).toEqual(Float32Array.of(1.5));
    expect(toInt32(bytes.subarray(5, 13), "I32")).toEqual(Int32Array.of(0, 0));
    expect(() => toFloat32(bytes.subarray(0, 8), "I64")).toThrow(/I64/);
    expect(() => toInt32(bytes.subarray(0, 8), "F32")).toThrow(/F32/);
  });
});

describe("checkpoint", () => {
  test("reads names with and without `model.`, one file or shards, as the same tensors", async () => {
    const plain = await openCheckpoint(diskModel(fixture("nano")));
    expect(plain.tensors.size).toBe(24);
    const tensors = await Promise.all(
      [...plain.tensors.values()].map(async (info) => ({ ...info, data: await plain.bytes(info.name) })),
    );
    const prefixed = tensors.map((tensor) => ({ ...tensor, name: `model.${tensor.name}` }));
    const halves = [prefixed.slice(0, 9), prefixed.slice(9)];
    const weight_map = Object.fromEntries(
      halves.flatMap((half, i) => half.map(({ name }) => [name, `model-0000${i + 1}-of-00002.safetensors`])),
    );
    const index = new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map }));
    const head = { name: "lm_head.weight", dtype: "F32" as const, shape: [1], data: new Float32Array(1) };
    const folder = {
      "model.safetensors.index.json": index,
      "model-00001-of-00002.safetensors": writeSafetensors([...at(halves, 0), head]),
      "model-00002-of-00002.safetensors": writeSafetensors(at(halves, 1)),
    };
    const sharded = await openCheckpoint(memoryModel(folder));
    expect([...sharded.tensors.keys()].sort()).toEqual([...plain.tensors.keys()].sort());
    const name = "layers.1.self_attn.q_proj.weight";
    expect(await sharded.float32(name)).toEqual(await plain.float32(name));
    expect(await sharded.bytes(name, 3, 5)).toEqual((await plain.bytes(name)).slice(12, 20));
    const { "model-00002-of-00002.safetensors": _gone, ...half } = folder;
    await expect(openCheckpoint(memoryModel(half))).rejects.toMatchObject({ code: "weights-missing" });
    await expect(
      openCheckpoint(
        memoryModel({ ...folder, "model-00002-of-00002.safetensors": writeSafetensors(at(halves, 1).slice(1)) }),
      ),
    ).rejects.toMatchObject({ code: "tensor-missing" });
    await expect(openCheckpoint(memoryModel({}))).rejects.toMatchObject({ code: "weights-missing" });
    expect(() => plain.info("layers.9.input_layernorm.weight")).toThrow(/no tensor layers\.9/);
  });
});
