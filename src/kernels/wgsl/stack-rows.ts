import type { Tensor2D } from "@tensorflow/tfjs-core";
import { at } from "../../domain/present.ts";
import type { RowBlock } from "../types.ts";
import { activation, type Context } from "./context.ts";

/** Rows of tensors one block below the other, by copies between buffers: a shader of tfjs would make its bind groups anew each time. */
export const stackRows = (context: Context, blocks: readonly RowBlock[]): Tensor2D => {
  const width = at(blocks, 0).x.shape[1];
  const rows = blocks.reduce((sum, { count }) => sum + count, 0);
  const result = activation(context, rows, width);
  let row = 0;
  for (const { x, first, count } of blocks) {
    context.gpu.copy(x, 4 * first * width, result, 4 * row * width, 4 * count * width);
    row += count;
  }
  return result;
};
