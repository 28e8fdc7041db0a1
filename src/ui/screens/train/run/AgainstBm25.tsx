import { Text } from "@mantine/core";
import { useEffect } from "react";
import { useComparison } from "../../../../app/comparison/hooks.ts";
import { comparisonKey } from "../../../../app/comparison/store.ts";
import { useWholeRun } from "../../../../app/runs/hooks.ts";
import { headlineOf } from "../../../../domain/evaluation/index.ts";
import type { RunRecord } from "../../../../domain/run/types.ts";
import { againstBm25 } from "./found.ts";

/** Whether the tuned model beats matching words, by the judgment that Compare shows; nothing until it is made. */
export const AgainstBm25 = ({ run }: { run: RunRecord }) => {
  const loaded = useWholeRun(run);
  const whole = loaded.status === "ready" ? loaded.value : null;
  const compare = useComparison((state) => state.compare);
  const compared = useComparison((state) =>
    whole?.bm25 && whole.tuned ? state.compared[comparisonKey(whole, whole.bm25, whole.tuned)] : undefined,
  );
  useEffect(() => {
    if (whole?.bm25 && whole.tuned) void compare(whole, whole.bm25, whole.tuned);
  }, [whole, compare]);
  if (compared?.status === "failed")
    return (
      <Text c="dimmed">
        {compared.problem.message} {compared.problem.hint}
      </Text>
    );
  const headline = compared?.status === "done" ? headlineOf(compared.comparisons) : undefined;
  return headline ? <Text>{againstBm25(headline)}</Text> : null;
};
