import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { layOut } from "../batch.ts";
import { isOutOfMemory } from "../../domain/outOfMemory.ts";
import { bytesOf, checkLength, decode, ropeAngles } from "../numbers.ts";
import { adamWReference } from "../ops/adamw/adamw.reference.ts";
import {
  attentionBackwardReference,
  attentionReference,
  disposeLayout,
  padLayout,
  type PaddedLayout,
} from "../ops/attention/attention.reference.ts";
import { candidatesReference } from "../ops/candidates/candidates.reference.ts";
import { embedReference } from "../ops/embedding/embedding.reference.ts";
import {
  headNormRopeBackwardReference,
  headNormRopeReference,
} from "../ops/head-norm-rope/head-norm-rope.reference.ts";
import { linearBackwardReference, linearReference } from "../ops/linear/linear.reference.ts";
import {
  poolNormalizeBackwardReference,
  poolNormalizeReference,
} from "../ops/pool-normalize/pool-normalize.reference.ts";
import { rankingLossReference } from "../ops/ranking-loss/ranking-loss.reference.ts";
import { rmsNormBackwardReference, rmsNormReference } from "../ops/rms-norm/rms-norm.reference.ts";
import { swigluBackwardReference, swigluReference } from "../ops/swiglu/swiglu.reference.ts";
import { outOfMemory } from "../runtime/faults.ts";
import { cut } from "../runtime/staging.ts";
import type { FrozenMatrix, FrozenVector, Kernels, LoraRef, PackedBatch, ParameterStore, RopeTable } from "../types.ts";
import { TfjsParameterStore } from "./parameter-store.ts";

interface TfjsMatrix extends FrozenMatrix {
  tensor: Tensor2D;
}
interface TfjsVector extends FrozenVector {
  tensor: Tensor1D;
}
interface TfjsRope extends RopeTable {
  cos: Tensor2D;
  sin: Tensor2D;
}
interface TfjsBatch extends PackedBatch {
  ids: Tensor1D;
  positions: Tensor1D;
  last: Tensor1D;
  padding: PaddedLayout;
}

const matrix = (weight: FrozenMatrix) => (weight as TfjsMatrix).tensor;
const vector = (weight: FrozenVector) => (weight as TfjsVector).tensor;
const rope = (table: RopeTable) => table as TfjsRope;
const tfjsBatch = (batch: PackedBatch) => batch as TfjsBatch;
const tfjsStore = (store: ParameterStore) => store as TfjsParameterStore;

const keep = <T extends tf.Tensor>(tensor: T): T => tf.keep(tensor);

/** The rows that hold tokens. */
const real = (x: Tensor2D, batch: PackedBatch): Tensor2D => tf.slice(x, [0, 0], [batch.tokens, x.shape[1]]);
/** Zero rows up to the capacity. */
const padded = (x: Tensor2D, batch: PackedBatch): Tensor2D =>
  tf.pad(x, [
    [0, batch.capacity - x.shape[0]],
    [0, 0],
  ]);
const loraTensors = (lora: LoraRef | null) => {
  if (lora === null) return null;
  const store = tfjsStore(lora.store);
  return { a: store.matrix(lora.a), b: store.matrix(lora.b), scaling: lora.scaling };
};

const tfjsMatrix = (values: Float32Array, rows: number, cols: number): TfjsMatrix => {
  const tensor = keep(tf.tensor2d(values, [rows, cols]));
  return { rows, cols, bytes: 4 * rows * cols, tensor, dispose: () => tensor.dispose() };
};

/**
 * All ops from tfjs ops, on whatever backend is current: the reference, and the fallback where there is no WebGPU. `forward` is the
 * product with frozen weights; tests give that of mixed precision.
 */
export const tfjsKernels = (forward: typeof linearReference = linearReference): Kernels => ({
  path: "tfjs",

  frozenMatrix(bytes, dtype, rows, cols) {
    checkLength(bytes.byteLength, dtype, rows * cols);
    return tfjsMatrix(decode(bytes, dtype), rows, cols);
  },
  frozenRows(dtype, rows, cols) {
    const values = new Float32Array(rows * cols);
    let filled = 0;
    return {
      write(bytes) {
        const block = decode(bytes, dtype);
        values.set(block, filled);
        filled += block.length;
      },
      finish() {
        checkLength(bytesOf(dtype, filled), dtype, values.length);
        return tfjsMatrix(values, rows, cols);
      },
      dispose: () => undefined,
    };
  },
  frozenVector(bytes, dtype, length): TfjsVector {
    checkLength(bytes.byteLength, dtype, length);
    const tensor = keep(tf.tensor1d(decode(bytes, dtype)));
    return { length, bytes: 4 * length, tensor, dispose: () => tensor.dispose() };
  },
  ropeTable(headDim, theta, positions): TfjsRope {
    const angles = ropeAngles(headDim, theta, positions);
    const cos = keep(tf.tensor2d(angles.cos, [positions, headDim / 2]));
    const sin = keep(tf.tensor2d(angles.sin, [positions, headDim / 2]));
    return { headDim, positions, cos, sin, dispose: () => tf.dispose([cos, sin]) };
  },
  packedBatch(sequences, capacity): TfjsBatch {
    const layout = layOut(sequences, capacity);
    const tensors = {
      ids: keep(tf.tensor1d(layout.ids, "int32")),
      positions: keep(tf.tensor1d(layout.positions, "int32")),
      last: keep(tf.tensor1d(layout.last, "int32")),
    };
    const padding = padLayout(layout.offsets);
    const { tokens, segments, maxLength } = layout;
    const dispose = () => {
      tf.dispose(tensors);
      disposeLayout(padding);
    };
    return { tokens, capacity, segments, maxLength, padding, ...tensors, dispose };
  },
  parameterStore: (shapes) => new TfjsParameterStore(shapes),

  embed: (table, batch) => tf.tidy(() => padded(embedReference(matrix(table), tfjsBatch(batch).ids), batch)),

  rmsNorm: (x, weight, eps, batch) =>
    tf.tidy(() => padded(rmsNormReference(real(x, batch), vector(weight), eps), batch)),
  rmsNormBackward: (dy, x, weight, eps, batch, addTo) =>
    tf.tidy(() => {
      const dx = rmsNormBackwardReference(real(dy, batch), real(x, batch), vector(weight), eps);
      return padded(addTo ? tf.add(dx, real(addTo, batch)) : dx, batch);
    }),

  linear: (x, weight, lora, batch, residual) =>
    tf.tidy(() => {
      const y = forward(real(x, batch), matrix(weight), loraTensors(lora));
      return padded(residual === undefined ? y : tf.add(y, real(residual, batch)), batch);
    }),
  linearBackward: (dy, x, weight, lora, batch, addTo) =>
    tf.tidy(() => {
      const { dx, dLora } = linearBackwardReference(real(dy, batch), real(x, batch), matrix(weight), loraTensors(lora));
      if (lora !== null && dLora !== undefined) {
        tfjsStore(lora.store).addGradient(lora.a, dLora.a);
        tfjsStore(lora.store).addGradient(lora.b, dLora.b);
      }
      return padded(addTo === undefined ? dx : tf.add(dx, real(addTo, batch)), batch);
    }),

  headNormRope: (x, weight, eps, table, batch) =>
    tf.tidy(() =>
      padded(
        headNormRopeReference(real(x, batch), vector(weight), eps, rope(table), tfjsBatch(batch).positions),
        batch,
      ),
    ),
  headNormRopeBackward: (dy, x, weight, eps, table, batch) =>
    tf.tidy(() =>
      padded(
        headNormRopeBackwardReference(
          real(dy, batch),
          real(x, batch),
          vector(weight),
          eps,
          rope(table),
          tfjsBatch(batch).positions,
        ),
        batch,
      ),
    ),

  attention: (q, k, v, headDim, batch) =>
    tf.tidy(() => {
      const { y, lse } = attentionReference(q, k, v, headDim, tfjsBatch(batch).padding);
      return { y: padded(y, batch), lse: padded(lse, batch) };
    }),
  attentionBackward: (dy, q, k, v, y, _lse, headDim, batch) =>
    tf.tidy(() => {
      const { dq, dk, dv } = attentionBackwardReference(dy, q, k, v, y, headDim, tfjsBatch(batch).padding);
      return { dq: padded(dq, batch), dk: padded(dk, batch), dv: padded(dv, batch) };
    }),

  swiglu: (gate, up, batch) => tf.tidy(() => padded(swigluReference(real(gate, batch), real(up, batch)), batch)),
  swigluBackward: (dy, gate, up, batch) =>
    tf.tidy(() => {
      const { dgate, dup } = swigluBackwardReference(real(dy, batch), real(gate, batch), real(up, batch));
      return { dgate: padded(dgate, batch), dup: padded(dup, batch) };
    }),

  poolNormalize: (x, batch) => poolNormalizeReference(x, tfjsBatch(batch).last),
  poolNormalizeBackward: (dEmbeddings, x, batch) =>
    poolNormalizeBackwardReference(dEmbeddings, x, tfjsBatch(batch).last, batch.capacity),

  rankingLoss: rankingLossReference,

  adamW(store, settings) {
    const own = tfjsStore(store);
    const { norm, ...next } = adamWReference(own.state, own.lastNorm, settings);
    for (const part of ["values", "moment1", "moment2"] as const) own.replace(part, next[part]);
    own.clearGradients();
    own.lastNorm = norm;
    return norm;
  },

  candidates: candidatesReference,
  stackRows: (blocks) =>
    tf.tidy(() =>
      tf.concat(
        blocks.map(({ x, first, count }) => tf.slice(x, [first, 0], [count, x.shape[1]])),
        0,
      ),
    ),
  matrix: (values, shape) => tf.tensor2d(values, shape),
  async read(tensors) {
    const packed = tf.tidy(() => tf.concat(tensors.map((tensor) => tf.reshape(tensor, [-1]))));
    const values = (await packed.data()) as Float32Array;
    packed.dispose();
    return cut(
      values,
      tensors.map(({ size }) => size),
    );
  },
  attempt: async (work) => {
    try {
      return tf.tidy(work);
    } catch (thrown) {
      throw isOutOfMemory(String(thrown)) ? outOfMemory(`Memory ran out: ${String(thrown)}`) : thrown;
    }
  },
  async finish() {
    const probe = tf.zeros([1]);
    const done = tf.add(probe, 1);
    await done.data();
    tf.dispose([probe, done]);
  },
});
