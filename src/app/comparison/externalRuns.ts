import type { ExternalRun } from "../../domain/evaluation/index.ts";

/** Other systems' rankings beside a run, by name. They are here until the page closes. */
export type ExternalRuns = readonly ExternalRun[];

const TAKEN = [
  "Baseline",
  "Tuned",
  "BM25",
  "Hybrid, baseline",
  "Hybrid, tuned",
  "Reranked, baseline",
  "Reranked, tuned",
];

/** The runs with one more; another of the same name is numbered, so that no line stands for two files. */
export const withExternal = (runs: ExternalRuns, added: ExternalRun): ExternalRuns => {
  const names = new Set(
    [...TAKEN, ...runs.map(({ evaluation }) => evaluation.label)].map((name) => name.toLowerCase()),
  );
  const { label: own } = added.evaluation;
  let label = own;
  for (let i = 2; names.has(label.toLowerCase()); i++) label = `${own} (${i})`;
  return [...runs, { ...added, evaluation: { ...added.evaluation, label } }];
};
