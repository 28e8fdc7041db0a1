import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/** Rows of `table` [vocabulary, hidden] by id. ids [tokens], int32 → [tokens, hidden]. The table is frozen: no backward. */
export const embedReference = (table: Tensor2D, ids: Tensor1D): Tensor2D => tf.gather(table, ids);
