import { Alert, Anchor, Badge, Group, Progress, Stack, Text, VisuallyHidden } from "@mantine/core";
import { IconBrowser } from "@tabler/icons-react";
import { Link } from "react-router";
import type { RunRecord } from "../../../../domain/run/types.ts";
import { earlyStopSentence } from "../../../../domain/training/earlyStop.ts";
import { useLiveRun } from "../../../../app/runs/hooks.ts";
import { moment } from "../../../components/format.ts";
import { Page } from "../../../components/Page.tsx";
import { Panel } from "../../../components/Panel.tsx";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { SlowDevice } from "../SlowDevice.tsx";
import { Headline } from "./Headline.tsx";
import { milestone, progressLine, progressShare } from "./milestone.ts";
import { Outcome } from "./Outcome.tsx";
import { RunCharts } from "./RunCharts.tsx";
import { RunControls } from "./RunControls.tsx";
import { RunName } from "./RunName.tsx";
import { RunProblem } from "./RunProblem.tsx";
import { Watched } from "./Watched.tsx";
import { SelfTest } from "./SelfTest.tsx";
import { Shipped } from "./Shipped.tsx";

const TONES: Record<RunRecord["status"], string> = {
  running: "spruce",
  paused: "ochre",
  interrupted: "ochre",
  stopped: "gray",
  finished: "spruce",
  failed: "brick",
};

/** One run: under way or over. */
export const RunView = ({ run }: { run: RunRecord }) => {
  const own = useLiveRun((state) => (state.live?.runId === run.id ? state.live : null));
  const elsewhere = useLiveRun((state) => (state.elsewhere?.runId === run.id ? state.elsewhere : null));
  const live = own ?? elsewhere;
  return (
    <Page
      title={run.name}
      beside={run.shipped ? null : <RunName run={run} />}
      lead={
        <>
          {run.base.id} on {run.dataset.name}
          {/* A name that nobody chose ends with the same moment. */}
          {!run.name.endsWith(moment(run.createdAt).slice(-5)) && `, started ${moment(run.createdAt)}`}.{" "}
          <Anchor component={Link} to="/train">
            Set up another run
          </Anchor>
        </>
      }
      action={<RunControls />}
    >
      {run.shipped && <Shipped />}
      {!own && elsewhere && (
        <Alert color="gray" variant="light" icon={<IconBrowser aria-hidden />}>
          Another tab of this browser is training this run. Pause or stop it there; this tab follows along.
        </Alert>
      )}
      <VisuallyHidden role="status">{milestone(run, live)}</VisuallyHidden>
      {live ? (
        <div>
          <Group justify="space-between" mb={6}>
            <Text fw={500} className="numbers">
              {progressLine(live)}
            </Text>
            <Text size="sm" c="dimmed" className="numbers">
              {live.checkpointStep === null ? "Nothing saved yet" : `Saved up to step ${live.checkpointStep}`}
            </Text>
          </Group>
          <Progress
            value={progressShare(live) ?? 100}
            animated={progressShare(live) === null}
            striped={progressShare(live) === null}
            aria-label="Progress of this stage"
          />
          {run.earlyStop && !run.tuned && (
            <Text size="sm" c="dimmed" mt={6}>
              {earlyStopSentence(run.earlyStop)}
            </Text>
          )}
        </div>
      ) : run.status === "interrupted" ? null : (
        <Badge variant="light" color={TONES[run.status]} size="lg" tt="none" fw={500}>
          {run.status}
        </Badge>
      )}
      {run.device?.slow && live && <SlowDevice />}
      {live?.warnings.map((warning) => (
        <ProblemPanel key={warning.code} problem={warning} tone="ochre" />
      ))}
      <RunProblem run={run} />
      <Outcome run={run} />
      <Headline run={run} live={live} />
      <Watched run={run} />
      {(run.lastStep || run.dev.last) && <RunCharts run={run} />}
      {run.selfTest && (
        <Panel>
          <Stack gap="xs">
            <SelfTest report={run.selfTest} />
          </Stack>
        </Panel>
      )}
    </Page>
  );
};
