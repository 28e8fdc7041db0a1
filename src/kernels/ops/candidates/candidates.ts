import type { Tensor2D } from "@tensorflow/tfjs-core";
import { at } from "../../../domain/present.ts";
import { shaderFile } from "../../runtime/shaders.ts";
import type { Candidates } from "../../types.ts";
import { checkWidth, type Context } from "../../wgsl/context.ts";

const SHADER = shaderFile(new URL("./candidates.wgsl?no-inline", import.meta.url));

/** Documents that reach each query's threshold; see candidates.wgsl. queries [n, width], documents [m, width], thresholds [n]. */
export const candidates = async (
  { gpu }: Context,
  queries: Tensor2D,
  documents: Tensor2D,
  thresholds: Float32Array<ArrayBuffer>,
  room: number,
): Promise<Candidates> => {
  const [n, width] = queries.shape;
  const m = documents.shape[0];
  const limits = gpu.take(4 * Math.max(n, 4), "thresholds");
  const lists = gpu.take(4 * n * (room + 1), "candidates");
  gpu.write(limits, thresholds);
  gpu.clear(lists);
  gpu.run({
    shader: [SHADER],
    entry: "candidates",
    constants: { WIDTH: checkWidth(width, "An embedding"), ROOM: room },
    bindings: [gpu.uniform([n, m, 0, 0]), queries, documents, limits, lists],
    workgroups: [Math.ceil(m / 64), Math.ceil(n / 32)],
  });
  const read = new Uint32Array(at(await gpu.read([lists]), 0).buffer);
  gpu.giveBack(limits);
  gpu.giveBack(lists);
  const counts = new Uint32Array(n);
  const rows = new Uint32Array(n * room);
  for (let i = 0; i < n; i++) {
    const start = i * (room + 1);
    counts[i] = read[start] as number;
    rows.set(read.subarray(start + 1, start + 1 + room), i * room);
  }
  return { counts, rows };
};
