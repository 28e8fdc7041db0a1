import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { useWholeRun } from "../../app/runs/hooks.ts";
import type { RunRecord, WholeRun } from "../../domain/run/types.ts";
import { ProblemPanel } from "./ProblemPanel.tsx";

/** What needs a run's texts and results, once they are read from this browser's storage. */
export const WithRunContents = (props: { run: RunRecord; children: (run: WholeRun) => ReactNode }) => {
  const loaded = useWholeRun(props.run);
  if (loaded.status === "loading") return <Skeleton height={320} radius="md" aria-label="Reading the run" />;
  if (loaded.status === "failed") return <ProblemPanel problem={loaded.problem} />;
  return <>{props.children(loaded.value)}</>;
};
