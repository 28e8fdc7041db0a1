import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Hyperparameters } from "../../domain/training/types.ts";
import type { Distillation, Kernels } from "../../kernels/types.ts";
import { layOut, type BatchLayout } from "./batchLayout.ts";
import type { TokenizedExamples, TokenizedRow } from "./examples.ts";
import { knownPositiveMask } from "./knownPositives.ts";
import { marginMask, type Guide } from "./marginMask.ts";
import { teacherTargets } from "./teacherTargets.ts";

/** What the loss of a batch takes beside its embeddings. */
interface BatchTensors {
  /** [queries, documents] of 0/1; null when nothing is left out. */
  mask: Tensor2D | null;
  distillation: Distillation | null;
}

type Settings = Pick<Hyperparameters, "maskKnownPositives" | "falseNegatives" | "distillation">;

/** Masks and teacher of a batch, by the settings. The caller disposes them. @throws RangeError when a guide is wanted and missing */
export const batchTensors = (
  kernels: Kernels,
  examples: TokenizedExamples,
  chunks: readonly TokenizedRow[][],
  settings: Settings,
  guide: Guide | null,
): BatchTensors => {
  const layout = layOut(chunks);
  const shape: [number, number] = [layout.rows.length, layout.documents.length];
  const masked = maskOf(examples, layout, settings, guide);
  const mask = masked?.some(Boolean) ? kernels.matrix(masked, shape) : null;
  const targets = settings.distillation ? teacherTargets(layout, settings.distillation.temperature) : null;
  const teacher = targets && kernels.matrix(targets, shape);
  return {
    mask,
    distillation: teacher && settings.distillation ? { teacher, weight: settings.distillation.weight } : null,
  };
};

const maskOf = (
  examples: TokenizedExamples,
  layout: BatchLayout,
  { maskKnownPositives, falseNegatives }: Settings,
  guide: Guide | null,
): Float32Array | null => {
  const known = maskKnownPositives ? knownPositiveMask(examples, layout) : null;
  if (!falseNegatives) return known;
  if (!guide) throw new RangeError("a mask by margin needs a guide");
  const near = marginMask(layout, guide, falseNegatives);
  return known ? near.map((value, i) => Math.max(value, known[i] ?? 0)) : near;
};
