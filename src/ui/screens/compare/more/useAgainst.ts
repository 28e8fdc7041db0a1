import { useEffect } from "react";
import { useComparison } from "../../../../app/comparison/hooks.ts";
import { comparisonKey, NO_EXTERNAL } from "../../../../app/comparison/store.ts";
import type { Comparison } from "../../../../domain/evaluation/types.ts";
import { present } from "../../../../domain/present.ts";
import type { WholeRun } from "../../../../domain/run/types.ts";

/** Other systems' rankings against both models of a run, as far as they are compared. */
export const useAgainst = (run: WholeRun): { label: string; against: string; comparisons: Comparison[] }[] => {
  const runs = useComparison(({ external }) => external[run.id] ?? NO_EXTERNAL);
  const compared = useComparison((state) => state.compared);
  const compare = useComparison((state) => state.compare);
  const models = [
    { against: "Baseline", model: present(run.baseline, "baseline score") },
    { against: "Tuned", model: present(run.tuned, "score of the tuned model") },
  ];
  useEffect(() => {
    for (const { evaluation } of runs)
      for (const model of [run.baseline, run.tuned]) if (model) void compare(run, model, evaluation);
  }, [runs, run, compare]);
  return runs.flatMap(({ evaluation }) =>
    models.flatMap(({ against, model }) => {
      const found = compared[comparisonKey(run, model, evaluation)];
      return found?.status === "done" ? [{ label: evaluation.label, against, comparisons: found.comparisons }] : [];
    }),
  );
};
