import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { at } from "../../domain/present.ts";
import { uniform } from "../../domain/random.ts";
import type { Kernels } from "../../kernels/types.ts";
import { check, type Check, largest } from "./check.ts";

/** Heads of the nano model, which the fixture covers. */
const NARROW = 32;
const LENGTHS = [5, 1, 34];
const [HEADS, KEY_HEADS] = [2, 1];
/** Of values up to about ten. */
const TOLERANCE = 1e-4;

/**
 * Attention at the head width of a real base, forward and backward, held to that at the nano model's width: wide heads run other
 * kernels. c copies of a head side by side, with queries divided by √c, have the scores of the head itself; so outputs and
 * gradients are copies too, those of the queries times √c. Null where heads are not wider.
 */
export const wideHeadCheck = async (kernels: Kernels, headDim: number): Promise<Check | null> => {
  const copies = headDim / NARROW;
  if (copies <= 1 || !Number.isInteger(copies)) return null;
  const random = uniform(1);
  const tokens = LENGTHS.reduce((sum, length) => sum + length, 0);
  const draw = (heads: number): Tensor2D => {
    const values = Float32Array.from({ length: tokens * heads * NARROW }, () => 2 * random() - 1);
    return tf.tensor2d(values, [tokens, heads * NARROW]);
  };
  const widen = (x: Tensor2D, factor: number): Tensor2D =>
    tf.tidy(() => {
      const heads = tf.tile(tf.reshape(x, [-1, NARROW]), [1, copies]);
      return tf.mul(tf.reshape(heads, [tokens, x.shape[1] * copies]), factor);
    });
  const batch = kernels.packedBatch(
    LENGTHS.map((length) => new Int32Array(length)),
    tokens,
  );
  const run = (q: Tensor2D, k: Tensor2D, v: Tensor2D, dy: Tensor2D, width: number): Tensor2D[] => {
    const { y, lse } = kernels.attention(q, k, v, width, batch);
    const { dq, dk, dv } = kernels.attentionBackward(dy, q, k, v, y, lse, width, batch);
    lse.dispose();
    return [y, dq, dk, dv];
  };
  const narrow = [draw(HEADS), draw(KEY_HEADS), draw(KEY_HEADS), draw(HEADS)] as const;
  const wide = narrow.map((x, i) => widen(x, i === 0 ? copies ** -0.5 : 1)) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
  const results = run(...narrow, NARROW);
  const expected = results.map((x, i) => widen(x, i === 1 ? copies ** 0.5 : 1));
  const found = run(...wide, headDim);
  let error = 0;
  for (const [i, tensor] of found.entries())
    error = Math.max(error, largest(await tensor.data(), await at(expected, i).data()));
  tf.dispose([...narrow, ...wide, ...results, ...expected, ...found]);
  batch.dispose();
  return check("attention at the base's head width", error, TOLERANCE);
};
