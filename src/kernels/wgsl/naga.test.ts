import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { NagaError, parseWgsl, validate, writeHlsl, writeMsl, writeSpirv } from "naga-wasm";
import { beforeAll, expect, it } from "vitest";
import { runAllOps } from "../../testing/allOps.ts";
import { createKernels } from "../index.ts";
import { nodeGpu } from "../runtime/node-gpu.ts";
import {
  type AttentionForm,
  everywhere,
  HALF_FORMS,
  type LinearForm,
  type Reduce,
  TILE_FORMS,
  type Variants,
} from "./context.ts";

// Naga is the shader compiler of wgpu, which Firefox and others use; Chromium and Node use Tint. What each form hands to a
// device goes through it, to what Vulkan, Direct3D and Metal are given. This takes no GPU: the device here computes nothing.
beforeAll(() => nodeGpu("backend=null"));

const linear: LinearForm[] = ["register8", "register16", "quad16", ...TILE_FORMS, ...HALF_FORMS];
const attention: AttentionForm[] = ["row", "rows", "quarters", "blocks"];
const reduce: Reduce[] = ["serial", "workgroup", "subgroup"];
const FORMS: Partial<Variants>[] = [
  ...linear.map((form) => ({ linear: everywhere(form) })),
  ...attention.map((form) => ({ attention: form })),
  ...reduce.map((form) => ({ reduce: form })),
];

interface Asked {
  /** Of the pipeline: its files, entry point and constants. */
  name: string;
  text: string;
  entryPoint: string | undefined;
  constants: Record<string, number>;
}

/** Every pipeline that any form of any op asks of a device. A device is asked for each once, however many sessions it has. */
const askedPipelines = async (): Promise<Asked[]> => {
  await createKernels({ device: "wgsl", tune: false });
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  const { createShaderModule, createComputePipeline } = device;
  const texts = new Map<GPUShaderModule, string>();
  const asked: Asked[] = [];
  device.createShaderModule = (descriptor) => {
    const module = createShaderModule.call(device, descriptor);
    texts.set(module, descriptor.code);
    return module;
  };
  device.createComputePipeline = (descriptor) => {
    const { module, entryPoint, constants = {} } = descriptor.compute;
    const text = texts.get(module);
    // tfjs' own pipelines have no name.
    if (descriptor.label && text) asked.push({ name: descriptor.label, text, entryPoint, constants });
    return createComputePipeline.call(device, descriptor);
  };
  for (const variants of FORMS) {
    const { kernels } = await createKernels({ device: "wgsl", variants, tune: false });
    runAllOps(kernels);
    await kernels.finish().catch(() => undefined); // variants.test.ts holds them to Tint
  }
  Object.assign(device, { createShaderModule, createComputePipeline });
  return asked;
};

/** WGSL's spelling of a constant's value. */
const literal = (type: string, value: number): string => (type === "bool" ? String(value !== 0) : `${type}(${value})`);

/**
 * The text as an engine hands it to the writers: constants in place, which Naga's own step before them does. Naga has subgroup
 * functions without the extension's name, and engines on it do not offer the feature yet, so that no such form is chosen there.
 */
const settled = ({ text, constants }: Asked): string =>
  text
    .replaceAll("enable subgroups;", "")
    .replaceAll(/^override (\w+): (\w+)(?: = ([^;]+))?;/gm, (_line, name: string, type: string, preset?: string) => {
      const value = constants[name];
      return `const ${name}: ${type} = ${value === undefined ? preset : literal(type, value)};`;
    });

/** What Naga has against a text; null where it compiles for all three. */
const fault = (text: string): string | null => {
  try {
    const module = parseWgsl(text);
    const info = validate(module);
    for (const written of [
      writeSpirv(module, info),
      writeHlsl(module, info, { shaderModel: "6_2" }),
      writeMsl(module, info, { langVersion: [2, 4] }),
    ])
      expect(written.length).toBeGreaterThan(0);
    info.free();
    module.free();
    return null;
  } catch (thrown) {
    if (thrown instanceof NagaError) return thrown.formatted;
    throw thrown;
  }
};

let asked: Asked[];
beforeAll(async () => {
  asked = await askedPipelines();
}, 60_000);

it("compiles every pipeline of every form", () => {
  const names = asked.map(({ name }) => name).join();
  const files = readdirSync(join(import.meta.dirname, ".."), { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => file.endsWith(".wgsl") && !names.includes(`/src/kernels/${file}`))).toEqual([]);
  for (const one of asked) {
    // As it stands, but for the extension's name, and with its constants.
    validate(parseWgsl(one.text.replaceAll("enable subgroups;", ""))).free();
    expect(fault(settled(one)), one.name).toBeNull();
  }
});

it("asks for no more than the limits that every device has", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice({ requiredFeatures: ["shader-f16", "subgroups"] });
  expect(device.limits).toMatchObject({ maxComputeWorkgroupStorageSize: 16384, maxStorageBuffersPerShaderStage: 8 });
  // Constants change no limit: each entry point of each text once.
  const pipelines = new Map(asked.map((one) => [`${one.entryPoint} ${one.text}`, one]));
  for (const { name, text, entryPoint, constants } of pipelines.values()) {
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ code: text });
    device.createComputePipeline({ layout: "auto", compute: { module, entryPoint, constants } });
    expect((await device.popErrorScope())?.message, name).toBeUndefined();
  }
  device.destroy();
});

it("refuses what it has to", () => {
  expect(fault("fn f() -> i32 { return 1.5; }")).toMatch(/error/);
  expect(fault("@compute @workgroup_size(64) fn f() { let x = missing; }")).toMatch(/missing/);
});
