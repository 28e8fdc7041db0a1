import { modelTensors, readModelConfig } from "../modelConfig.ts";
import { WEIGHTS_PATH, type ModelFiles } from "../modelFiles.ts";
import { entry } from "../present.ts";
import { layOut } from "../safetensors/index.ts";
import { StudioError } from "../errors.ts";
import { TENSOR_TYPES } from "./format.ts";
import { ggufName } from "./qwen3.ts";
import { ggufFloat32, readGguf, type GgufHeader } from "./read.ts";

/** More than any front: the tokens and merges of 150,000 tokens take some 6 MB. */
const FRONT_BYTES = 64 * 1024 * 1024;

/**
 * A GGUF file as a model folder: its tensors appear as a `model.safetensors` of F32, computed while it is read, so that the
 * engine embeds with exactly the numbers that llama.cpp would use. Config and tokenizer are those of `rest`.
 * @param path of the GGUF file in `files`
 * @throws StudioError `gguf-invalid`, `tensor-missing`
 */
export const ggufAsModelFiles = async (files: ModelFiles, path: string, rest: ModelFiles): Promise<ModelFiles> => {
  const size = (await files.size(path)) ?? 0;
  const header = readGguf(await files.read(path, 0, Math.min(size, FRONT_BYTES)), size);
  const config = await readModelConfig(rest);
  const { front, order, fileBytes } = layOut(
    [...modelTensors(config)].map(([name, shape]) => ({ name, shape, dtype: "F32" as const })),
  );
  let next = front.length;
  const places = order.map(({ name, shape }) => {
    sameShape(header, name, shape);
    const start = next;
    next += 4 * shape.reduce((product, length) => product * length, 1);
    return { name, start, end: next };
  });
  const read = async (from: number, to: number): Promise<Uint8Array> => {
    const out = new Uint8Array(to - from);
    if (from < front.length) out.set(front.subarray(from, Math.min(to, front.length)));
    for (const { name, start, end } of places) {
      const [a, b] = [Math.max(from, start), Math.min(to, end)];
      if (a >= b) continue;
      const values = await elements(files, path, header, name, Math.floor((a - start) / 4), Math.ceil((b - start) / 4));
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      const skip = (a - start) % 4;
      out.set(bytes.subarray(skip, skip + b - a), a - from);
    }
    return out;
  };
  return {
    id: rest.id,
    revision: "local",
    size: async (file) => (file === WEIGHTS_PATH ? fileBytes : rest.size(file)),
    read: async (file, start, end, signal) =>
      file === WEIGHTS_PATH ? read(start ?? 0, end ?? fileBytes) : rest.read(file, start, end, signal),
    sha256: async (file) => (file === WEIGHTS_PATH ? null : rest.sha256(file)),
  };
};

const sameShape = ({ tensors }: GgufHeader, name: string, shape: readonly number[]): void => {
  const found = tensors.get(ggufName(name));
  if (found?.shape.join() !== shape.join())
    throw new StudioError(
      "tensor-missing",
      `The GGUF file has no ${ggufName(name)} of shape [${shape.join(", ")}].`,
      "Use the GGUF file of this base.",
    );
};

/** Elements [from, to) of a tensor; whole blocks are read where the type has blocks. */
const elements = async (
  files: ModelFiles,
  path: string,
  { tensors }: GgufHeader,
  name: string,
  from: number,
  to: number,
): Promise<Float32Array> => {
  const { type, start } = entry(tensors, ggufName(name));
  const unit = TENSOR_TYPES[type];
  const [first, last] = [Math.floor(from / unit.elements), Math.ceil(to / unit.elements)];
  const bytes = await files.read(path, start + first * unit.bytes, start + last * unit.bytes);
  const values = ggufFloat32(bytes, type);
  return values.subarray(from - first * unit.elements, to - first * unit.elements);
};
