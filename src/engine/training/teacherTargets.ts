import { StudioError } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
import { cells, teacherScores, type BatchLayout } from "./batchLayout.ts";
import type { TokenizedRow } from "./examples.ts";

/** Beside the group. */
const OUTSIDE = -1;

/**
 * What a teacher's scores make of each query's own documents, `[queries, documents]`: `p = softmax(score / temperature)` over those that are scored, −1
 * beside them (FlagEmbedding's `teacher_targets`, over its passage group). Null when no row has two scored documents, as one alone teaches nothing.
 */
export const teacherTargets = (layout: BatchLayout, temperature: number): Float32Array | null => {
  const groups = layout.rows.map((_, i) => group(layout, i, temperature));
  if (groups.every(({ size }) => size === 0)) return null;
  return cells(layout, (i, j) => at(groups, i).get(j) ?? OUTSIDE);
};

/** Probabilities by column. */
const group = (layout: BatchLayout, row: number, temperature: number): Map<number, number> => {
  const scored = teacherScores(layout, row).flatMap((score, k) =>
    score === null ? [] : [{ column: at(at(layout.own, row), k), logit: score / temperature }],
  );
  if (scored.length < 2) return new Map();
  const most = scored.reduce((max, { logit }) => Math.max(max, logit), -Infinity);
  const mass = scored.reduce((sum, { logit }) => sum + Math.exp(logit - most), 0);
  return new Map(scored.map(({ column, logit }) => [column, Math.exp(logit - most) / mass]));
};

/** @throws StudioError `no-teacher-scores` when there is nothing to learn from a teacher */
export const assertTaught = (rows: readonly Pick<TokenizedRow, "scores">[]): void => {
  if (rows.some(({ scores = [] }) => scores.filter((score) => score !== null).length > 1)) return;
  throw new StudioError(
    "no-teacher-scores",
    "No pair has a teacher's scores of its document and of a hard negative, so there is nothing to distill.",
    "Give a file with pos_scores and neg_scores, or switch the distillation off.",
  );
};
