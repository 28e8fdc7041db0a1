import { adamW } from "../ops/adamw/adamw.ts";
import { attention, attentionBackward } from "../ops/attention/attention.ts";
import { candidates } from "../ops/candidates/candidates.ts";
import { embed } from "../ops/embedding/embedding.ts";
import { headNormRope, headNormRopeBackward } from "../ops/head-norm-rope/head-norm-rope.ts";
import { linear, linearBackward } from "../ops/linear/linear.ts";
import { poolNormalize, poolNormalizeBackward } from "../ops/pool-normalize/pool-normalize.ts";
import { rankingLoss } from "../ops/ranking-loss/ranking-loss.ts";
import { rmsNorm, rmsNormBackward } from "../ops/rms-norm/rms-norm.ts";
import { swiglu, swigluBackward } from "../ops/swiglu/swiglu.ts";
import { attempt } from "../runtime/attempt.ts";
import type { FrozenMatrix, FrozenVector, Kernels, PackedBatch, ParameterStore, RopeTable } from "../types.ts";
import type { Context } from "./context.ts";
import {
  type GpuBatch,
  gpuBatch,
  type GpuMatrix,
  gpuMatrix,
  type GpuRope,
  gpuRope,
  gpuRows,
  type GpuVector,
  gpuVector,
} from "./handles.ts";
import { GpuParameterStore } from "./parameter-store.ts";
import { stackRows } from "./stack-rows.ts";

// Handles are opaque to callers; these give them back their insides.
const m = (weight: FrozenMatrix) => weight as GpuMatrix;
const v = (weight: FrozenVector) => weight as GpuVector;
const r = (table: RopeTable) => table as GpuRope;
const b = (batch: PackedBatch) => batch as GpuBatch;
const s = (store: ParameterStore) => store as GpuParameterStore;

/** All ops as our own shaders on tfjs' WebGPU device. Shaders must have been loaded. */
export const wgslKernels = (c: Context): Kernels => ({
  path: "wgsl",
  frozenMatrix: (bytes, dtype, rows, cols) => gpuMatrix(c.gpu, bytes, dtype, rows, cols),
  frozenRows: (dtype, rows, cols) => gpuRows(c.gpu, dtype, rows, cols),
  frozenVector: (bytes, dtype, length) => gpuVector(c.gpu, bytes, dtype, length),
  ropeTable: (headDim, theta, positions) => gpuRope(c.gpu, headDim, theta, positions),
  packedBatch: (sequences, capacity) => gpuBatch(c.gpu, sequences, capacity),
  parameterStore: (shapes) => new GpuParameterStore(c.gpu, shapes),
  embed: (table, batch) => embed(c, m(table), b(batch)),
  rmsNorm: (x, weight, eps, batch) => rmsNorm(c, x, v(weight), eps, b(batch)),
  rmsNormBackward: (dy, x, weight, eps, batch, addTo) => rmsNormBackward(c, dy, x, v(weight), eps, b(batch), addTo),
  linear: (x, weight, lora, batch, residual) => linear(c, x, m(weight), lora, b(batch), residual),
  linearBackward: (dy, x, weight, lora, batch, addTo) => linearBackward(c, dy, x, m(weight), lora, b(batch), addTo),
  headNormRope: (x, weight, eps, table, batch) => headNormRope(c, x, v(weight), eps, r(table), b(batch)),
  headNormRopeBackward: (dy, x, weight, eps, table, batch) =>
    headNormRopeBackward(c, dy, x, v(weight), eps, r(table), b(batch)),
  attention: (q, k, value, headDim, batch) => attention(c, q, k, value, headDim, b(batch)),
  attentionBackward: (dy, q, k, value, y, lse, headDim, batch) =>
    attentionBackward(c, dy, q, k, value, y, lse, headDim, b(batch)),
  swiglu: (gate, up, batch) => swiglu(c, gate, up, b(batch)),
  swigluBackward: (dy, gate, up, batch) => swigluBackward(c, dy, gate, up, b(batch)),
  poolNormalize: (x, batch) => poolNormalize(c, x, b(batch)),
  poolNormalizeBackward: (dEmbeddings, x, batch) => poolNormalizeBackward(c, dEmbeddings, x, b(batch)),
  rankingLoss: (queries, documents, scale, mask, distillation) =>
    rankingLoss(c, queries, documents, scale, mask, distillation ?? null),
  adamW: (store, settings) => adamW(c, s(store), settings),
  candidates: (queries, documents, thresholds, room) => candidates(c, queries, documents, thresholds, room),
  stackRows: (blocks) => stackRows(c, blocks),
  matrix: (values, shape) => c.gpu.upload(values, shape),
  read: (tensors) => c.gpu.read(tensors),
  attempt: (work) => attempt(c.gpu, work),
  finish: () => c.gpu.finish(),
});
