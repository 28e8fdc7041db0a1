import { layOut } from "../batch.ts";
import { bytesOf, checkLength, decode, ropeAngles } from "../numbers.ts";
import type { Gpu } from "../runtime/gpu.ts";
import type { FrozenMatrix, FrozenRows, FrozenVector, PackedBatch, RopeTable, WeightDtype } from "../types.ts";

/** A part of a matrix: `rows` whole rows from `first`. */
export interface Shard {
  buffer: GPUBuffer;
  first: number;
  rows: number;
}

export interface GpuMatrix extends FrozenMatrix {
  shards: readonly Shard[];
  /** As `DTYPE` in weights.wgsl. */
  dtype: number;
}
export interface GpuVector extends FrozenVector {
  buffer: GPUBuffer;
}
export interface GpuRope extends RopeTable {
  buffer: GPUBuffer;
}
export interface GpuBatch extends PackedBatch {
  buffer: GPUBuffer;
}

const DTYPES: Record<WeightDtype, number> = { BF16: 0, F16: 1, F32: 2 };

/** A view with an ArrayBuffer below it, as `writeBuffer` asks; copies only when the memory is shared. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

/**
 * Weights as they lie in the checkpoint, two bytes staying two bytes. Rows are split where one binding is too small.
 * Widths are multiples of 4, so a shard's bytes are too.
 */
export const gpuRows = (gpu: Gpu, dtype: WeightDtype, rows: number, cols: number): FrozenRows => {
  const rowBytes = bytesOf(dtype, cols);
  const most = Math.max(1, Math.floor(gpu.largestBinding / rowBytes));
  const shards: Shard[] = [];
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    shards.push({ buffer: gpu.buffer(count * rowBytes, "weights"), first, rows: count });
  }
  const dispose = () => shards.forEach(({ buffer }) => gpu.destroy(buffer));
  let written = 0;
  return {
    write(bytes) {
      for (const { buffer, first, rows: count } of shards) {
        const start = first * rowBytes;
        const part = owned(
          bytes.subarray(Math.max(0, start - written), Math.max(0, start + count * rowBytes - written)),
        );
        if (part.byteLength > 0) gpu.device.queue.writeBuffer(buffer, Math.max(0, written - start), part);
      }
      written += bytes.byteLength;
    },
    finish(): GpuMatrix {
      checkLength(written, dtype, rows * cols);
      return { rows, cols, bytes: rows * rowBytes, shards, dtype: DTYPES[dtype], dispose };
    },
    dispose,
  };
};

export const gpuMatrix = (
  gpu: Gpu,
  bytes: Uint8Array,
  dtype: WeightDtype,
  rows: number,
  cols: number,
): FrozenMatrix => {
  checkLength(bytes.byteLength, dtype, rows * cols);
  const matrix = gpuRows(gpu, dtype, rows, cols);
  matrix.write(bytes);
  return matrix.finish();
};

const uploaded = (gpu: Gpu, values: Float32Array<ArrayBuffer>, label: string): GPUBuffer => {
  const buffer = gpu.buffer(values.byteLength, label);
  gpu.device.queue.writeBuffer(buffer, 0, values);
  return buffer;
};

export const gpuVector = (gpu: Gpu, bytes: Uint8Array, dtype: WeightDtype, length: number): GpuVector => {
  checkLength(bytes.byteLength, dtype, length);
  const buffer = uploaded(gpu, decode(bytes, dtype), "vector");
  return { length, bytes: 4 * length, buffer, dispose: () => gpu.destroy(buffer) };
};

/** cos and sin side by side, so that one load brings both. */
export const gpuRope = (gpu: Gpu, headDim: number, theta: number, positions: number): GpuRope => {
  const { cos, sin } = ropeAngles(headDim, theta, positions);
  const pairs = new Float32Array(2 * cos.length);
  cos.forEach((value, i) => (pairs[2 * i] = value));
  sin.forEach((value, i) => (pairs[2 * i + 1] = value));
  const buffer = uploaded(gpu, pairs, "rope");
  return { headDim, positions, buffer, dispose: () => gpu.destroy(buffer) };
};

/** Words before the sections. */
const HEADER = 8;

/** The batch as shared/batch.wgsl reads it; its buffer goes back to a pool. */
export const gpuBatch = (gpu: Gpu, sequences: readonly ArrayLike<number>[], capacity: number): GpuBatch => {
  const layout = layOut(sequences, capacity);
  gpu.settlePool();
  const { tokens, segments, maxLength } = layout;
  const sections = [layout.ids, layout.positions, layout.starts, layout.ends, layout.segmentOf, layout.last];
  const words = new Int32Array(HEADER + sections.length * capacity);
  words.set([tokens, segments, capacity, maxLength]);
  sections.forEach((section, i) => words.set(section, HEADER + i * capacity));
  const buffer = gpu.take(words.byteLength, "batch");
  gpu.write(buffer, words);
  return { tokens, capacity, segments, maxLength, buffer, dispose: () => gpu.giveBack(buffer) };
};
