import { createHasher, sha256Hex } from "../../domain/hashing.ts";
import { PROJECTIONS, projectionPath, type ModelConfig, type Projection } from "../../domain/modelConfig.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";
import { at } from "../../domain/present.ts";
import { openCheckpoint, type CheckpointTensor } from "../../domain/safetensors/index.ts";
import type { FrozenMatrix, FrozenVector, Kernels, WeightDtype } from "../../kernels/types.ts";
import { FileInOrder, SPAN_BYTES } from "./fileInOrder.ts";
import type { LayerWeights } from "./layer.ts";
import { checkTensors, spansOf, type WantedTensor } from "./spans.ts";

/** The frozen tensors of a Qwen3 model on the device. */
export interface ModelWeights {
  embedTokens: FrozenMatrix;
  layers: LayerWeights[];
  norm: FrozenVector;
  /** Bytes on the device. */
  bytes: number;
  /** Of `model.safetensors`; of the list of shard hashes when there are several files. */
  sha256: string;
  dispose(): void;
}

export interface LoadOptions {
  /** Bytes read and bytes in all. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
  /** Bytes read at once. */
  spanBytes?: number;
}

/**
 * Streams a checkpoint to the device in file order, never holding more than one span in memory.
 *
 * @throws StudioError `tensor-missing`, `tensor-misshapen`, `tensor-dtype`, and what reading throws
 */
export const loadWeights = async (
  files: ModelFiles,
  config: ModelConfig,
  kernels: Kernels,
  { onProgress, signal, spanBytes = SPAN_BYTES }: LoadOptions = {},
): Promise<ModelWeights> => {
  const checkpoint = await openCheckpoint(files);
  const wanted = checkTensors(checkpoint, config);
  const filesWanted = [...new Set(wanted.map(({ tensor }) => tensor.file))].sort();
  const total = wanted.reduce((sum, { tensor }) => sum + tensor.end - tensor.start, 0);
  const matrices = new Map<string, FrozenMatrix>();
  const vectors = new Map<string, FrozenVector>();
  const hashes: string[] = [];
  let done = 0;
  try {
    for (const file of filesWanted) {
      const known = await files.sha256(file);
      const reader = new FileInOrder(files, file, known === null ? createHasher() : null, signal);
      const inFile = wanted.filter(({ tensor }) => tensor.file === file);
      for (const span of spansOf(inFile, spanBytes)) {
        if (span.end - span.start > spanBytes) {
          const [{ name, tensor }] = span.tensors as [WantedTensor];
          const onBytes = (bytes: number) => onProgress?.((done += bytes), total);
          matrices.set(name, await matrixInBlocks(reader, tensor, kernels, spanBytes, onBytes));
          continue;
        }
        const bytes = await reader.read(span.start, span.end);
        for (const { name, tensor } of span.tensors) {
          const part = bytes.subarray(tensor.start - span.start, tensor.end - span.start);
          const [rows, cols] = tensor.shape as [number, number?];
          const dtype = tensor.dtype as WeightDtype;
          if (cols === undefined) vectors.set(name, kernels.frozenVector(part, dtype, rows));
          else matrices.set(name, kernels.frozenMatrix(part, dtype, rows, cols));
          done += part.byteLength;
          onProgress?.(done, total);
        }
      }
      hashes.push(known ?? (await reader.finish()));
    }
  } catch (error) {
    for (const item of [...matrices.values(), ...vectors.values()]) item.dispose();
    throw error;
  }
  const sha256 = hashes.length === 1 ? at(hashes, 0) : sha256Hex(hashes.join("\n"));
  return assemble(config, matrices, vectors, sha256);
};

/** A matrix that is larger than one span, in blocks of whole rows. */
const matrixInBlocks = async (
  reader: FileInOrder,
  { shape, dtype, start, end }: CheckpointTensor,
  kernels: Kernels,
  blockBytes: number,
  onBytes: (bytes: number) => void,
): Promise<FrozenMatrix> => {
  const [rows, cols] = shape as [number, number];
  const rowBytes = (end - start) / rows;
  const step = rowBytes * Math.max(1, Math.floor(blockBytes / rowBytes));
  const matrix = kernels.frozenRows(dtype as WeightDtype, rows, cols);
  try {
    for (let at = start; at < end; at += step) {
      const block = await reader.read(at, Math.min(end, at + step));
      matrix.write(block);
      onBytes(block.byteLength);
    }
    return matrix.finish();
  } catch (error) {
    matrix.dispose();
    throw error;
  }
};

const assemble = (
  config: ModelConfig,
  matrices: ReadonlyMap<string, FrozenMatrix>,
  vectors: ReadonlyMap<string, FrozenVector>,
  sha256: string,
): ModelWeights => {
  const take = <T>(items: ReadonlyMap<string, T>, name: string): T => {
    const item = items.get(`${name}.weight`);
    if (!item) throw new RangeError(`${name} was not loaded`);
    return item;
  };
  const all = [...matrices.values(), ...vectors.values()];
  return {
    embedTokens: take(matrices, "embed_tokens"),
    norm: take(vectors, "norm"),
    layers: Array.from({ length: config.layers }, (_, layer) => {
      const path = `layers.${layer}`;
      return {
        inputNorm: take(vectors, `${path}.input_layernorm`),
        postNorm: take(vectors, `${path}.post_attention_layernorm`),
        queryNorm: take(vectors, `${path}.self_attn.q_norm`),
        keyNorm: take(vectors, `${path}.self_attn.k_norm`),
        projections: Object.fromEntries(
          PROJECTIONS.map((projection) => [projection, take(matrices, `${path}.${projectionPath(projection)}`)]),
        ) as Record<Projection, FrozenMatrix>,
      };
    }),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    sha256,
    dispose: () => all.forEach((item) => item.dispose()),
  };
};
