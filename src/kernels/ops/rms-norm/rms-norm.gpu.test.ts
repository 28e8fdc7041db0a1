import type { Tensor2D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { at } from "../../../domain/present.ts";
import { fixtureTensors } from "../../../testing/fixtures/load.ts";
import {
  expectClose,
  f32Bytes,
  forms,
  get,
  matrix,
  numbers,
  ours,
  tfjs,
  randomMatrix,
  rows,
  sequences,
} from "../../../testing/kernels.ts";

const EPS = 1e-6;
const fixture = await fixtureTensors("ops/rms_norm.safetensors");

describe.each(forms)("RMSNorm, %s", (_name, { kernels }) => {
  it("equals the fixture, forward and backward", async () => {
    const batch = kernels.packedBatch([[0, 0, 0, 0, 0, 0, 0]], 9);
    const weight = kernels.frozenVector(f32Bytes(get(fixture, "weight").data), "F32", 64);
    const pad = (name: string) =>
      matrix({ ...get(fixture, name), data: Float32Array.from([...get(fixture, name).data, ...numbers(128, 5)]) }, 9);
    const y = await rows(kernels.rmsNorm(pad("x"), weight, EPS, batch), batch);
    expectClose(y, get(fixture, "y").data);
    const dx = await rows(kernels.rmsNormBackward(pad("dy"), pad("x"), weight, EPS, batch), batch);
    // Row 6 is zero and row 5 tiny: their gradients are a thousand times the others', so rows are compared one by one.
    for (let row = 0; row < 7; row++)
      expectClose(dx.subarray(row * 64, row * 64 + 64), get(fixture, "dx").data.slice(row * 64, row * 64 + 64));
  });

  it("gives zeros, not NaN, for a zero row", async () => {
    const batch = kernels.packedBatch([[0]], 1);
    const weight = kernels.frozenVector(f32Bytes(numbers(64, 1)), "F32", 64);
    const zero = matrix({ dtype: "F32", shape: [1, 64], data: new Float32Array(64) }, 1);
    expect([...(await kernels.rmsNorm(zero, weight, EPS, batch).data())].every((value) => value === 0)).toBe(true);
  });
});

describe.each(ours)("RMSNorm, %s", (_name, { kernels }) => {
  it.each([
    [1, 128],
    [67, 1024],
    [130, 36],
  ])("equals the reference on %i rows of %i", async (tokens, width) => {
    const [x, dy, addTo] = [1, 2, 4].map((seed) => randomMatrix(tokens + 3, width, seed)) as [
      Tensor2D,
      Tensor2D,
      Tensor2D,
    ];
    const results: Float32Array[][] = [];
    for (const path of [tfjs, kernels]) {
      const batch = path.packedBatch(sequences([tokens]), tokens + 3);
      const weight = path.frozenVector(f32Bytes(numbers(width, 3)), "F32", width);
      results.push([
        await rows(path.rmsNorm(x, weight, EPS, batch), batch),
        await rows(path.rmsNormBackward(dy, x, weight, EPS, batch, addTo), batch),
      ]);
    }
    at(results, 1).forEach((actual, i) => expectClose(actual, at(at(results, 0), i)));
  });
});
