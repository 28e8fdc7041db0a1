import { Anchor, Button, Group, Skeleton, Stack } from "@mantine/core";
import { IconChartHistogram, IconRocket } from "@tabler/icons-react";
import { Link } from "react-router";
import { useRuns } from "../../../app/runs/hooks.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { MissingRun } from "../../components/MissingRun.tsx";
import { Page } from "../../components/Page.tsx";
import { WithRunContents } from "../../components/WithRunContents.tsx";
import { PrimaryAction } from "../../components/PrimaryAction.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { useSelectedRun } from "../../shell/useSelectedRun.ts";
import { useFinishedRun } from "../opening/useFinishedRun.ts";
import { FormStatus } from "../../components/forms/FormStatus.tsx";
import { DownloadRun } from "./DownloadRun.tsx";
import { Results } from "./Results.tsx";
import { RunPicker } from "./RunPicker.tsx";
import { useComparisonAddress } from "./useComparisonSet.ts";
import { usePromote } from "./usePromote.ts";

/** Whether tuning helped, by how much, and how sure that is. */
export default function CompareScreen() {
  const { run, missing, select } = useSelectedRun();
  const runs = useRuns((state) => state.runs);
  const status = useRuns((state) => state.status);
  const problem = useRuns((state) => state.problem);
  const finished = useFinishedRun();
  const address = useComparisonAddress();
  const promote = usePromote();
  const scored = run?.tuned && run.baseline ? run : null;
  return (
    <Page
      title="Compare"
      lead="Did tuning help? Measured on queries that training never saw."
      action={
        run && (
          <Group gap="sm" align="flex-start">
            {run.artifact && <DownloadRun run={run} />}
            <PrimaryAction
              leftSection={<IconRocket size={18} aria-hidden />}
              missing={run.artifact || run.registryVersion ? null : "Finish the run first"}
              onClick={() => void promote(run)}
            >
              Promote
            </PrimaryAction>
          </Group>
        )
      }
    >
      {run && <FormStatus of={run.id} />}
      {status === "loading" && <Skeleton height={320} radius="md" aria-label="Loading the runs" />}
      {problem && <ProblemPanel problem={problem} />}
      {missing && <MissingRun onNewest={() => select(null)} />}
      {status === "ready" && !run && !missing && (
        <EmptyState
          icon={IconChartHistogram}
          title="Nothing to compare yet"
          action={
            <Group gap="sm" justify="center">
              <Button component={Link} to="/train">
                Train a model
              </Button>
              <Button variant="default" loading={finished.busy} onClick={finished.see}>
                See a finished run
              </Button>
            </Group>
          }
        >
          After a run you see here whether it beats the baseline and BM25, how sure that is, and how many queries won
          and lost.
        </EmptyState>
      )}
      {run && !scored && (
        <EmptyState
          icon={IconChartHistogram}
          title={`${run.name} has no test scores yet`}
          action={
            <Anchor component={Link} to={`/train?run=${run.id}`}>
              Look at the run
            </Anchor>
          }
        >
          The test queries are scored once, when the run has ended or was stopped.
        </EmptyState>
      )}
      {scored && (
        <Stack gap="md">
          <RunPicker
            runs={runs}
            main={scored}
            others={address.others}
            pin={address.pin}
            onMain={select}
            onOthers={address.setOthers}
            onPin={address.setPin}
          />
          <WithRunContents key={scored.id} run={scored}>
            {(whole) => (
              <Results
                main={whole}
                others={address.others}
                pin={address.pin}
                onOthers={address.setOthers}
                more={address.more}
                onMore={address.setMore}
              />
            )}
          </WithRunContents>
        </Stack>
      )}
    </Page>
  );
}
