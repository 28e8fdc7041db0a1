/** The nano model of the fixtures and distances between results, for Node and Chromium alike. */
import { parseModelConfig } from "../domain/modelConfig.ts";
import type { ModelFiles } from "../domain/modelFiles.ts";
import { parseHeader, toFloat64 } from "../domain/safetensors/index.ts";
import { Qwen3Model } from "../engine/model/model.ts";
import { loadWeights } from "../engine/model/weights.ts";
import type { Kernels } from "../kernels/types.ts";
import { fixtureBytes } from "./fixtures/load.ts";

/** All tensors of a fixture file in float64, by name. */
export const fixtureTensors = async (path: string): Promise<Map<string, Float64Array>> => {
  const file = await fixtureBytes(path);
  return new Map(
    [...parseHeader(file).tensors.values()].map(({ name, dtype, start, end }) => [
      name,
      toFloat64(file.slice(start, end), dtype),
    ]),
  );
};

export const toFloat32Map = (tensors: ReadonlyMap<string, Float64Array>): Map<string, Float32Array> =>
  new Map([...tensors].map(([name, values]) => [name, Float32Array.from(values)]));

/** A folder below `src/testing/fixtures`; `rename` serves a path from another file. */
export const fixtureModel = (folder: string, rename: Record<string, string> = {}): ModelFiles => {
  const contents = new Map<string, Promise<Uint8Array>>();
  const bytes = (path: string): Promise<Uint8Array> => {
    const name = rename[path] ?? path;
    const known = contents.get(name) ?? fixtureBytes(`${folder}/${name}`);
    contents.set(name, known);
    return known;
  };
  return {
    id: folder,
    revision: "local",
    size: async (path) => (path.endsWith(".index.json") ? null : (await bytes(path)).byteLength),
    sha256: async () => null,
    read: async (path, start, end) => (await bytes(path)).slice(start, end),
  };
};

/** The nano model with F32, BF16 or F16 weights. */
export const loadNano = async (kernels: Kernels, dtype: "f32" | "bf16" | "f16" = "f32"): Promise<Qwen3Model> => {
  const files = fixtureModel("nano", dtype === "f32" ? {} : { "model.safetensors": `model.${dtype}.safetensors` });
  const config = parseModelConfig(JSON.parse(new TextDecoder().decode(await files.read("config.json"))));
  return new Qwen3Model(kernels, config, await loadWeights(files, config, kernels));
};

export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (Number.isNaN(difference)) return NaN;
    most = Math.max(most, difference);
  }
  return most;
};

/** ‖a − b‖ / ‖b‖ over all tensors together. */
export const relativeDistance = (
  a: ReadonlyMap<string, ArrayLike<number>>,
  b: ReadonlyMap<string, ArrayLike<number>>,
): number => {
  let distance = 0;
  let size = 0;
  for (const [name, expected] of b) {
    const actual = a.get(name);
    if (actual?.length !== expected.length)
      throw new Error(`${name}: ${actual?.length} values against ${expected.length}`);
    for (let i = 0; i < expected.length; i++) {
      distance += ((actual[i] as number) - (expected[i] as number)) ** 2;
      size += (expected[i] as number) ** 2;
    }
  }
  return Math.sqrt(distance / size);
};
