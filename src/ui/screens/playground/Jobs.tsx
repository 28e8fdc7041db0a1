import { Badge, Button, Group, List, Progress, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { IngestJob } from "../../../domain/api/index.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useSearch } from "../../../app/search/hooks.ts";
import { counted, rate, whole } from "../../components/format.ts";
import { duration } from "../../components/format.ts";
import { LangfuseLink } from "../../components/LangfuseLink.tsx";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { shortened } from "./names.ts";

const COLORS: Record<IngestJob["state"], string> = {
  queued: "gray",
  running: "ochre",
  succeeded: "spruce",
  failed: "brick",
  cancelled: "gray",
};
const SHOWN = 5;

/** A collection that lacked nothing when it was asked for: no work was done. */
const idle = ({ kind, state, chunks }: IngestJob) =>
  kind === "re-embed" && state === "succeeded" && chunks.total === 0 && chunks.done === 0;

/** Work on the server: how far it is, and what did not go. */
export const Jobs = () => {
  const all = useSearch((state) => state.jobs);
  const jobs = all.filter((job) => !idle(job));
  if (jobs.length === 0) return null;
  return (
    <Panel title="Jobs">
      <Stack gap="lg">
        {jobs.slice(0, SHOWN).map((job) => (
          <Job key={job.id} job={job} />
        ))}
      </Stack>
    </Panel>
  );
};

const Job = ({ job }: { job: IngestJob }) => {
  const cancel = useSearch((state) => state.cancelJob);
  const retry = useSearch((state) => state.retryJob);
  const [refused, setRefused] = useState<Problem | null>(null);
  const under = job.state === "queued" || job.state === "running";
  const control = (task: (id: string) => Promise<void>) => () =>
    task(job.id).then(
      () => setRefused(null),
      (thrown: unknown) => setRefused(toProblem(thrown)),
    );
  const { documents, chunks } = job;
  const outcome = [
    documents.total > 0 && `${whole(documents.done)} of ${counted(documents.total, "document")} stored`,
    documents.unchanged > 0 && `${whole(documents.unchanged)} unchanged`,
    documents.failed > 0 && `${whole(documents.failed)} failed`,
    counted(chunks.done, "chunk"),
  ];
  return (
    <Stack gap={6}>
      <Group justify="space-between" wrap="nowrap">
        <Text fw={550} lineClamp={1}>
          {job.kind === "re-embed" ? "Embedding again" : shortened(job.label)}
        </Text>
        <Group gap="xs" wrap="nowrap" style={{ flex: "none" }}>
          <Badge variant="light" color={COLORS[job.state]} tt="none" style={{ flex: "none" }}>
            {job.state}
          </Badge>
          {under && (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Cancel ${job.label}`}
              onClick={() => void control(cancel)()}
            >
              Cancel
            </Button>
          )}
          {job.retryable && (
            <Button
              size="compact-xs"
              variant="light"
              aria-label={`Retry ${job.label}`}
              onClick={() => void control(retry)()}
            >
              Retry
            </Button>
          )}
        </Group>
      </Group>
      {under && (
        <Progress
          aria-label={`Progress of ${job.label}`}
          value={
            chunks.total
              ? (100 * chunks.done) / chunks.total
              : documents.total
                ? (100 * (documents.done + documents.unchanged)) / documents.total
                : 0
          }
          animated={job.state === "running" && chunks.total === null}
        />
      )}
      <Text size="sm" c="dimmed" className="numbers" role={under ? undefined : "status"}>
        {outcome.filter(Boolean).join(", ")}
        {under && job.chunksPerSecond !== null && `, ${rate(job.chunksPerSecond)} chunks/s`}
        {under && job.etaSeconds !== null && `, ${duration(job.etaSeconds)} left`}
      </Text>
      {job.traceUrl && <LangfuseLink url={job.traceUrl} of={`the job ${job.label}`} />}
      {job.problem && <ProblemPanel problem={job.problem} tone="ochre" />}
      {job.failures.length > 0 && (
        <List size="sm" spacing={2}>
          {job.failures.map((failure) => (
            <List.Item key={failure.document}>
              {shortened(failure.document)}: {failure.message} {failure.hint}
            </List.Item>
          ))}
        </List>
      )}
      {job.warnings.length > 0 && (
        <List size="sm" spacing={2}>
          {job.warnings.map(({ document, message }) => (
            <List.Item key={`${document} ${message}`}>
              {shortened(document)}: {message}
            </List.Item>
          ))}
        </List>
      )}
      {refused && <ProblemPanel problem={refused} />}
    </Stack>
  );
};
