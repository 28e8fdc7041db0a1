import { StudioError } from "../domain/errors.ts";
import { createHasher, sha256Hex, type Hasher } from "../domain/hashing.ts";
import { modelTensors, PROJECTIONS, projectionPath, type ModelConfig, type Projection } from "../domain/modelConfig.ts";
import type { ModelFiles } from "../domain/modelFiles.ts";
import { at } from "../domain/present.ts";
import { openCheckpoint, type Checkpoint, type CheckpointTensor } from "../domain/safetensors/index.ts";
import type { FrozenMatrix, FrozenVector, Kernels, WeightDtype } from "../kernels/types.ts";
import type { LayerWeights } from "./layer.ts";

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

/** What is read at once: small tensors that lie side by side together, a larger matrix in blocks of rows. */
const SPAN_BYTES = 16 * 2 ** 20;

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
      const reader = new FileReaderInOrder(files, file, known === null ? createHasher() : null, signal);
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
  reader: FileReaderInOrder,
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

interface WantedTensor {
  name: string;
  tensor: CheckpointTensor;
}

const checkTensors = (checkpoint: Checkpoint, config: ModelConfig): WantedTensor[] =>
  [...modelTensors(config)].map(([name, shape]) => {
    const tensor = checkpoint.info(name);
    if (tensor.shape.join() !== shape.join())
      throw new StudioError(
        "tensor-misshapen",
        `Tensor ${name} has shape [${tensor.shape.join(", ")}] where config.json asks for [${shape.join(", ")}].`,
        "The folder's config.json and weights do not belong together; download the model again.",
      );
    if (!["BF16", "F16", "F32"].includes(tensor.dtype))
      throw new StudioError(
        "tensor-dtype",
        `Tensor ${name} is stored as ${tensor.dtype}.`,
        "Use a model whose weights are BF16, F16 or F32; quantized checkpoints cannot be tuned here.",
      );
    return { name, tensor };
  });

interface Span {
  start: number;
  end: number;
  tensors: WantedTensor[];
}

const spansOf = (tensors: WantedTensor[], most: number): Span[] => {
  const spans: Span[] = [];
  for (const wanted of tensors.toSorted((a, b) => a.tensor.start - b.tensor.start)) {
    const { start, end } = wanted.tensor;
    const last = spans.at(-1);
    if (last && start === last.end && end - last.start <= most) {
      last.end = end;
      last.tensors.push(wanted);
    } else spans.push({ start, end, tensors: [wanted] });
  }
  return spans;
};

/** Reads a file front to back, hashing also what is skipped, so that the hash is that of the whole file. */
class FileReaderInOrder {
  private at = 0;

  constructor(
    private readonly files: ModelFiles,
    private readonly path: string,
    private readonly hasher: Hasher | null,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async read(start: number, end: number): Promise<Uint8Array> {
    await this.skipTo(start);
    const bytes = await this.files.read(this.path, start, end, this.signal);
    if (bytes.byteLength !== end - start)
      throw new StudioError(
        "model-file-truncated",
        `${this.path} ended early: ${bytes.byteLength} of ${end - start} bytes came.`,
        "Download the model again.",
      );
    this.hasher?.update(bytes);
    this.at = end;
    return bytes;
  }

  async finish(): Promise<string> {
    await this.skipTo((await this.files.size(this.path)) ?? this.at);
    return this.hasher?.hex() ?? "";
  }

  private async skipTo(target: number): Promise<void> {
    if (!this.hasher) return;
    while (this.at < target) {
      const end = Math.min(target, this.at + SPAN_BYTES);
      this.hasher.update(await this.files.read(this.path, this.at, end, this.signal));
      this.at = end;
    }
  }
}

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
