import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { runAllOps } from "../../testing/allOps.ts";
import { createKernels } from "../index.ts";
import { nodeGpu } from "../runtime/node-gpu.ts";
import {
  type AttentionForm,
  everywhere,
  HALF_FORMS,
  isHalf,
  linearFormFor,
  type LinearForm,
  type Reduce,
  TILE_FORMS,
  type Variants,
} from "./context.ts";
import { chooseVariants, linearForms } from "./variants.ts";

// A device that has every feature, validates shaders and commands as any other does, and computes nothing: forms that the
// machine at hand cannot run are at least held to the language and to their bindings.
beforeAll(() => nodeGpu("backend=null"));

const failureOf = async (variants: Partial<Variants>) => {
  const { kernels, failure } = await createKernels({ device: "wgsl", variants, tune: false });
  runAllOps(kernels);
  await kernels.finish().catch(() => undefined); // `failure` tells it
  return failure();
};

it.each<LinearForm>(["register8", "register16", "quad16", ...TILE_FORMS, ...HALF_FORMS])(
  "linear as %s is valid",
  async (form) => {
    expect(await failureOf({ linear: everywhere(form) })).toBeNull();
  },
);
it.each(HALF_FORMS)("forward products alone as %s are valid", async (form) => {
  expect(await failureOf({ forward: everywhere(form) })).toBeNull();
});
it.each<AttentionForm>(["row", "rows", "quarters", "blocks"])("attention by %s is valid", async (attention) => {
  expect(await failureOf({ attention })).toBeNull();
});
it.each<Reduce>(["serial", "workgroup", "subgroup"])("sums by %s are valid", async (reduce) => {
  expect(await failureOf({ reduce })).toBeNull();
});

it("gives each kind of adapter its forms", async () => {
  const { device } = await createKernels({ device: "wgsl", tune: false });
  const sized = (lanes: number) => ({ subgroupMinSize: lanes, subgroupMaxSize: lanes }) as GPUAdapterInfo;
  expect(device.features).toEqual({ shaderF16: true, subgroups: true, timestampQuery: true });
  const card = { ...device, slow: false };
  const plainCard = { ...card, features: { ...card.features, subgroups: false } };
  const software = { ...device, slow: true };
  expect(chooseVariants(card, sized(32))).toMatchObject({ attention: "rows", reduce: "subgroup" });
  expect(chooseVariants(plainCard, sized(32))).toMatchObject({ linear: { many: "tile" }, reduce: "workgroup" });
  expect(chooseVariants(software, sized(4))).toMatchObject({ linear: { many: "quad16" }, attention: "quarters" });
  expect(chooseVariants(software, sized(8))).toMatchObject({ linear: { many: "register16" }, attention: "rows" });
  // f16 factors change the numbers, so no timing may bring them in.
  for (const report of [card, plainCard, software]) expect(linearForms(report, sized(4)).filter(isHalf)).toEqual([]);
  expect(linearForms(card, sized(32))).toEqual(expect.arrayContaining([...TILE_FORMS]));
});

it("takes the form for the tokens of a batch", () => {
  const linear = { few: "register8", some: "tile", many: "tile128" } as const;
  const forms = [1, 63, 64, 1023, 1024, 8192].map((tokens) => linearFormFor(linear, tokens));
  expect(forms).toEqual(["register8", "register8", "tile", "tile", "tile128", "tile128"]);
});

it("such a device does refuse what is wrong", async () => {
  const { kernels, failure } = await createKernels({ device: "wgsl", tune: false });
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  device.createShaderModule({ code: "enable f16; fn half() -> f16 { return 1.0f; }" });
  await expect(kernels.finish()).rejects.toMatchObject({ code: "gpu-error" });
  expect(failure()?.message).toContain("f16");
});
