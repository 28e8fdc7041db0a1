import { z } from "zod";
import { StudioError } from "../errors.ts";
import { SHARDS_PATH, WEIGHTS_PATH, type ModelFiles } from "../modelFiles.ts";
import { toFloat32 } from "./dtypes.ts";
import { exactly, parseHeader, readHeader, type SafetensorsHeader, type TensorInfo } from "./header.ts";

/** A tensor of a checkpoint and the file it lies in. */
export interface CheckpointTensor extends TensorInfo {
  file: string;
}

/** The weights of a model folder, one file or many; bytes are read tensor by tensor. */
export interface Checkpoint {
  /** By name *without* a leading `model.`. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** The tensor's information. @throws StudioError `tensor-missing` */
  info(name: string): CheckpointTensor;
  /** The tensor's bytes as stored, or those of the elements [from, to) of its flat data. */
  bytes(name: string, from?: number, to?: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** The tensor as F32. */
  float32(name: string): Promise<Float32Array>;
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string().regex(/^[\w.-]+\.safetensors$/)) });

/**
 * Opens `model.safetensors`, or the shards of `model.safetensors.index.json`. Names with and without `model.` are the
 * same here; `lm_head.weight` is left out, since the embedding model has no head.
 * @throws StudioError `weights-missing`, `safetensors-invalid`, `tensor-missing` (a shard lacks what the index promises)
 */
export const openCheckpoint = async (files: ModelFiles): Promise<Checkpoint> => {
  const shards = (await files.size(WEIGHTS_PATH)) === null ? await shardNames(files) : null;
  const tensors = new Map<string, CheckpointTensor>();
  for (const file of shards?.files ?? [WEIGHTS_PATH]) {
    const { tensors: found } = await readFileHeader(files, file);
    for (const tensor of found.values()) {
      const name = tensor.name.replace(/^model\./, "");
      if (name === "lm_head.weight") continue;
      if (tensors.has(name))
        throw new StudioError(
          "tensor-duplicate",
          `Tensor ${name} stands twice in the checkpoint.`,
          "Use the model as it was published.",
        );
      tensors.set(name, { ...tensor, file });
    }
  }
  for (const name of shards?.promised ?? []) if (!tensors.has(name) && name !== "lm_head.weight") throw missing(name);
  return checkpointOf(files, tensors);
};

/** The header of one safetensors file of a folder. */
const readFileHeader = async (files: ModelFiles, path: string): Promise<SafetensorsHeader> => {
  const size = await files.size(path);
  if (size === null)
    throw new StudioError(
      "weights-missing",
      `The model folder has no ${path}.`,
      "Choose a folder with the model's safetensors files.",
    );
  return readHeader((start, end) => files.read(path, start, end), size);
};

const checkpointOf = (files: ModelFiles, tensors: Map<string, CheckpointTensor>): Checkpoint => {
  const info = (name: string): CheckpointTensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw missing(name);
    return tensor;
  };
  const bytes = (name: string, from?: number, to?: number, signal?: AbortSignal): Promise<Uint8Array> => {
    const { file, start, end, shape } = info(name);
    const size =
      (end - start) /
      Math.max(
        1,
        shape.reduce((a, b) => a * b, 1),
      );
    return exactly(
      (a, b) => files.read(file, a, b, signal),
      start + (from ?? 0) * size,
      to === undefined ? end : start + to * size,
    );
  };
  return { tensors, info, bytes, float32: async (name) => toFloat32(await bytes(name), info(name).dtype) };
};

const shardNames = async (files: ModelFiles): Promise<{ files: string[]; promised: string[] }> => {
  if ((await files.size(SHARDS_PATH)) === null)
    throw new StudioError(
      "weights-missing",
      "The model folder has no model.safetensors.",
      "Choose a folder with the model's safetensors files.",
    );
  const index = indexSchema.safeParse(JSON.parse(new TextDecoder().decode(await files.read(SHARDS_PATH))));
  if (!index.success)
    throw new StudioError(
      "weights-index-invalid",
      `${SHARDS_PATH} has no valid weight_map.`,
      "Download the model again.",
    );
  const map = index.data.weight_map;
  return {
    files: [...new Set(Object.values(map))].sort(),
    promised: Object.keys(map).map((name) => name.replace(/^model\./, "")),
  };
};

const missing = (name: string) =>
  new StudioError("tensor-missing", `The model has no tensor ${name}.`, "Use a model of the Qwen3-Embedding layout.");

/** A safetensors file in memory, as `name → F32 values and shape`. */
export const readAllFloat32 = (file: Uint8Array): Map<string, { shape: number[]; values: Float32Array }> =>
  new Map(
    [...parseHeader(file).tensors.values()].map(({ name, dtype, shape, start, end }) => [
      name,
      { shape, values: toFloat32(file.subarray(start, end), dtype) },
    ]),
  );
