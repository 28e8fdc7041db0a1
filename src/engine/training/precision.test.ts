import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { createKernels, type Kernels, type KernelSession } from "../../kernels/index.ts";
import { mixedLinearReference } from "../../kernels/ops/linear/mixed.reference.ts";
import { linearReference } from "../../kernels/ops/linear/linear.reference.ts";
import { tfjsKernels } from "../../kernels/tfjs/tfjs-kernels.ts";
import { diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { loadBase, type LoadedBase } from "../model/base.ts";
import { trainedModel } from "./precision.ts";

let session: KernelSession;
let base: LoadedBase;
beforeAll(async () => {
  session = await createKernels({ backends: ["wasm"] });
  base = await loadBase(session, diskModel(tinyBase));
});
/** The tiny base on a device whose kernels of mixed precision are these. */
const on = (kernels: Kernels): LoadedBase => ({ ...base, session: { ...session, mixed: async () => kernels } });

it("is the base's own model in float32, which is the default", async () => {
  expect(await trainedModel(base)).toMatchObject({ model: base.model, precision: "f32", off: null, checks: [] });
});

it("takes f16 factors where what they change is less than what BF16 weights cost, and leaves the base's weights alone", async () => {
  const kernels = tfjsKernels(mixedLinearReference);
  const { precision, model, off, checks, dispose } = await trainedModel(on(kernels), "mixed");
  expect({ precision, off }).toEqual({ precision: "mixed", off: null });
  expect(model.kernels).toBe(kernels);
  expect(checks.map(({ name }) => name)).toEqual([
    "embeddings in mixed precision",
    "loss in mixed precision",
    "gradient norm in mixed precision",
    "embeddings of the base in mixed precision",
  ]);
  // Float32 would pass with nearly nothing; f16 factors cost something.
  expect(checks.every(({ passed, error, tolerance }) => passed && error > tolerance / 1000)).toBe(true);
  dispose();
  const batch = base.model.pack([[1, 2, 3]]);
  expect((await base.model.embed(batch, null).embeddings.data()).every(Number.isFinite)).toBe(true);
});

describe("is float32 with the reason", () => {
  it("where the kernels change more than that, or the base's activations are beyond the range of f16", async () => {
    // The nano model is 64 wide; only the base has 384 inner columns.
    const wrong = (width: number): number => (width === 64 ? 1 + 2 ** -6 : width === 384 ? NaN : 1);
    const kernels = tfjsKernels((x, w, lora) => tf.tidy(() => tf.mul(linearReference(x, w, lora), wrong(x.shape[1]))));
    const { model, precision, off, checks } = await trainedModel(on(kernels), "mixed");
    expect({ precision, checks }).toEqual({ precision: "f32", checks: [] });
    expect(model).toBe(base.model);
    expect(off).toMatchObject({ code: "mixed-precision-off" });
    expect(off?.message).toMatch(/embeddings in mixed precision off by 0\.\d+, at most 0\.0031/);
    expect(off?.message).toContain("embeddings of the base in mixed precision off by Infinity, at most 0.0000075");
  });

  it("where the device has no f16", async () => {
    const { model, off } = await trainedModel(base, "mixed");
    expect(model).toBe(base.model);
    expect(off).toMatchObject({
      code: "mixed-precision-off",
      message: expect.stringContaining("shader-f16") as string,
      hint: expect.stringContaining("float32") as string,
    });
  });
});

it("lets a fault of the device through", async () => {
  const lost = new RangeError("lost");
  const broken = { ...base, session: { ...session, mixed: () => Promise.reject(lost) } };
  await expect(trainedModel(broken, "mixed")).rejects.toBe(lost);
});
