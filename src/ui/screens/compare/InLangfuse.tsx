import { Button, Group } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useState } from "react";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import type { RunRecord } from "../../../domain/run/types.ts";
import { useLiveRun } from "../../../app/runs/hooks.ts";
import { useServer } from "../../../app/settings/hooks.ts";
import { LangfuseLink } from "../../components/LangfuseLink.tsx";
import { ProblemLine } from "../../components/ProblemLine.tsx";

/**
 * The way to a run's trace and scores. An evaluation goes to Langfuse by itself at the run's end; one that could not (the
 * server was away, or not connected yet) is sent from here. Nothing shows where nothing is connected.
 */
export const InLangfuse = ({ run }: { run: RunRecord }) => {
  const connected = useServer((state) => state.status?.langfuse?.connected ?? false);
  const report = useLiveRun((state) => state.report);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (run.trace?.url) return <LangfuseLink url={run.trace.url} of={run.name} />;
  if (!connected || !run.trace?.evaluated) return null;
  const send = () => {
    setBusy(true);
    report(run.id)
      .then(
        () => setProblem(null),
        (thrown: unknown) => setProblem(toProblem(thrown)),
      )
      .finally(() => setBusy(false));
  };
  return (
    <Group gap="xs">
      <Button
        size="compact-sm"
        variant="subtle"
        loading={busy}
        leftSection={<IconSend size={14} aria-hidden />}
        onClick={send}
      >
        Send to Langfuse
      </Button>
      <ProblemLine problem={problem} />
    </Group>
  );
};
