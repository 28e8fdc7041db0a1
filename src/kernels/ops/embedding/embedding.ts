import type { Tensor2D } from "@tensorflow/tfjs-core";
import { shaderFile } from "../../runtime/shaders.ts";
import { activation, BATCH, checkWidth, type Context, lanes, WEIGHTS } from "../../wgsl/context.ts";
import type { GpuBatch, GpuMatrix } from "../../wgsl/handles.ts";

const SHADER = shaderFile(new URL("./embedding.wgsl?no-inline", import.meta.url));

/** Rows of the table by token id; see embedding.wgsl. → [capacity, hidden] */
export const embed = (context: Context, table: GpuMatrix, batch: GpuBatch): Tensor2D => {
  const width = checkWidth(table.cols, "The embedding table");
  const result = activation(context, batch.capacity, width);
  for (const { buffer, first, rows } of table.shards)
    context.gpu.run({
      shader: [BATCH, WEIGHTS, SHADER],
      entry: "embed",
      constants: { WIDTH: width, FIRST: first, COUNT: rows, DTYPE: table.dtype },
      bindings: [batch.buffer, buffer, result],
      workgroups: lanes((batch.tokens * width) / 4),
    });
  return result;
};
