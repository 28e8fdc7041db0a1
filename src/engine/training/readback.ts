import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { StepReport } from "../../domain/training/types.ts";
import type { BatchResult } from "./gradCache.ts";

/** What the device tells of a step. */
export type StepNumbers = Pick<
  StepReport,
  "loss" | "gradNorm" | "positiveSimilarity" | "negativeSimilarity" | "embeddingNorm"
>;

/** Brings the numbers of a step back from the device. */
export class Readback {
  private readonly selectors = new Map<number, Tensor2D>();

  /** Reads a step's numbers in one transfer and frees their tensors. `norm` [1] is the gradient's before clipping. */
  async read(batch: BatchResult, norm: Tensor1D): Promise<StepNumbers> {
    const [queries, documents] = batch.similarity.shape;
    const packed = tf.tidy(() => {
      const positives = tf.sum(tf.mul(tf.slice(batch.similarity, [0, 0], [queries, queries]), this.identity(queries)));
      const all = tf.sum(batch.similarity);
      return tf.concat([
        batch.loss,
        norm,
        batch.embeddingNorm,
        tf.reshape(positives, [1]),
        tf.reshape(all, [1]),
      ] as Tensor1D[]);
    });
    tf.dispose([batch.loss, batch.similarity, batch.embeddingNorm, norm]);
    const [loss, gradNorm, embeddingNorm, positives, all] = (await packed.data()) as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    packed.dispose();
    const others = queries * (documents - 1);
    return {
      loss,
      gradNorm,
      embeddingNorm,
      positiveSimilarity: positives / queries,
      negativeSimilarity: others === 0 ? 0 : (all - positives) / others,
    };
  }

  /** The identity matrix of a batch size, kept for the next step of that size. */
  private identity(size: number): Tensor2D {
    const known = this.selectors.get(size);
    if (known) return known;
    const values = new Float32Array(size * size);
    for (let i = 0; i < size; i++) values[i * size + i] = 1;
    const selector = tf.keep(tf.tensor2d(values, [size, size]));
    this.selectors.set(size, selector);
    return selector;
  }

  dispose(): void {
    tf.dispose([...this.selectors.values()]);
    this.selectors.clear();
  }
}
