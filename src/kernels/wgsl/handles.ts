import { layOut } from "../batch.ts";
import { checkLength, decode, ropeAngles } from "../numbers.ts";
import type { Gpu } from "../runtime/gpu.ts";
import type { FrozenMatrix, FrozenVector, PackedBatch, RopeTable, WeightDtype } from "../types.ts";

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

const DTYPES: Record<WeightDtype, { code: number; bytes: number }> = {
  BF16: { code: 0, bytes: 2 },
  F16: { code: 1, bytes: 2 },
  F32: { code: 2, bytes: 4 },
};

/** A view with an ArrayBuffer below it, as `writeBuffer` asks; copies only when the memory is shared. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

/**
 * Weights as they lie in the checkpoint, two bytes staying two bytes. Rows are split where one binding is too small.
 * Widths are multiples of 4, so a shard's bytes are too.
 */
export const gpuMatrix = (gpu: Gpu, bytes: Uint8Array, dtype: WeightDtype, rows: number, cols: number): GpuMatrix => {
  checkLength(bytes, dtype, rows * cols);
  const { code, bytes: size } = DTYPES[dtype];
  const rowBytes = cols * size;
  const largest = Math.min(gpu.device.limits.maxStorageBufferBindingSize, gpu.device.limits.maxBufferSize);
  const most = Math.max(1, Math.floor(largest / rowBytes));
  const shards: Shard[] = [];
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    const buffer = gpu.buffer(count * rowBytes, "weights");
    gpu.device.queue.writeBuffer(buffer, 0, owned(bytes.subarray(first * rowBytes, (first + count) * rowBytes)));
    shards.push({ buffer, first, rows: count });
  }
  return {
    rows,
    cols,
    bytes: rows * rowBytes,
    shards,
    dtype: code,
    dispose: () => shards.forEach(({ buffer }) => gpu.destroy(buffer)),
  };
};

const uploaded = (gpu: Gpu, values: Float32Array<ArrayBuffer>, label: string): GPUBuffer => {
  const buffer = gpu.buffer(values.byteLength, label);
  gpu.device.queue.writeBuffer(buffer, 0, values);
  return buffer;
};

export const gpuVector = (gpu: Gpu, bytes: Uint8Array, dtype: WeightDtype, length: number): GpuVector => {
  checkLength(bytes, dtype, length);
  const buffer = uploaded(gpu, decode(bytes, dtype), "vector");
  return { length, bytes: 4 * length, buffer, dispose: () => gpu.destroy(buffer) };
};

/** cos and sin side by side, so that one load brings both. */
export const gpuRope = (gpu: Gpu, headDim: number, theta: number, positions: number): GpuRope => {
  const { cos, sin } = ropeAngles(headDim, theta, positions);
  const pairs = new Float32Array(2 * cos.length);
  cos.forEach((value, i) => {
    pairs[2 * i] = value;
    pairs[2 * i + 1] = sin[i]!;
  });
  const buffer = uploaded(gpu, pairs, "rope");
  return { headDim, positions, buffer, dispose: () => gpu.destroy(buffer) };
};

/** Words before the sections. */
const HEADER = 8;

/** The batch as shared/batch.wgsl reads it; its buffer goes back to a pool. */
export const gpuBatch = (gpu: Gpu, sequences: readonly ArrayLike<number>[], capacity: number): GpuBatch => {
  const layout = layOut(sequences, capacity);
  const { tokens, segments, maxLength } = layout;
  const sections = [layout.ids, layout.positions, layout.starts, layout.ends, layout.segmentOf, layout.last];
  const words = new Int32Array(HEADER + sections.length * capacity);
  words.set([tokens, segments, capacity, maxLength]);
  sections.forEach((section, i) => words.set(section, HEADER + i * capacity));
  const buffer = gpu.take(words.byteLength, "batch");
  gpu.write(buffer, words);
  return { tokens, capacity, segments, maxLength, buffer, dispose: () => gpu.giveBack(buffer) };
};
