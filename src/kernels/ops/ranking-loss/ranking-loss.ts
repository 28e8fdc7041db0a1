import type { Rank, Tensor2D } from "@tensorflow/tfjs-core";
import { shaderFile } from "../../runtime/shaders.ts";
import type { Distillation, RankingLoss } from "../../types.ts";
import { activation, checkWidth, type Context } from "../../wgsl/context.ts";

const SHADER = shaderFile(new URL("./ranking-loss.wgsl?no-inline", import.meta.url));

/** MultipleNegativesRankingLoss with both gradients; see ranking-loss.wgsl. queries [n, width], documents [m, width], mask and teacher [n, m]. */
export const rankingLoss = (
  context: Context,
  queries: Tensor2D,
  documents: Tensor2D,
  scale: number,
  mask: Tensor2D | null,
  distillation: Distillation | null,
): RankingLoss => {
  const { gpu } = context;
  const [n, width] = queries.shape;
  const m = documents.shape[0];
  const sizes = gpu.uniform([n, m, 0, 0]);
  const similarity = activation(context, n, m);
  const slope = activation(context, n, m);
  const losses = gpu.tensor<Rank.R1>([3 * n]);
  const loss = gpu.tensor<Rank.R1>([1]);
  const sums = gpu.tensor<Rank.R1>([2]);
  const dQueries = activation(context, n, width);
  const dDocuments = activation(context, m, width);
  const shared = {
    shader: [SHADER],
    constants: { WIDTH: checkWidth(width, "An embedding"), SCALE: scale, MASKED: mask === null ? 0 : 1 },
  };
  const blocks = Math.ceil(width / 256);
  gpu.run({
    ...shared,
    entry: "rankingSimilarity",
    bindings: [sizes, queries, documents, similarity],
    workgroups: [Math.ceil(m / 64), n],
  });
  gpu.run({
    ...shared,
    entry: "rankingRows",
    bindings: [sizes, null, null, similarity, mask ?? queries, slope, losses],
    workgroups: [Math.ceil(n / 64)],
  });
  if (distillation)
    gpu.run({
      ...shared,
      constants: { ...shared.constants, TEACHING: distillation.weight },
      entry: "rankingTeacher",
      bindings: [sizes, null, null, similarity, null, slope, losses, null, null, distillation.teacher],
      workgroups: [Math.ceil(n / 64)],
    });
  gpu.run({
    ...shared,
    entry: "rankingMean",
    bindings: [sizes, null, null, null, null, null, losses, null, loss, null, sums],
    workgroups: [1],
  });
  gpu.run({
    ...shared,
    entry: "rankingQueries",
    bindings: [sizes, null, documents, null, null, slope, null, dQueries],
    workgroups: [blocks, n],
  });
  gpu.run({
    ...shared,
    entry: "rankingDocuments",
    bindings: [sizes, queries, null, null, null, slope, null, dDocuments],
    workgroups: [blocks, m],
  });
  slope.dispose();
  losses.dispose();
  return { loss, similarity, sums, dQueries, dDocuments };
};
