import { Anchor, Popover, Stack, Text } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import type { LangfuseStatus } from "../../domain/telemetry/experiment.ts";
import { moment, whole } from "../components/format.ts";
import { chipOf, reasonOf } from "./langfuseWords.ts";
import classes from "./shell.module.css";

/** Whether traces reach Langfuse; a click tells what waits, what was given up, and why. */
export const LangfuseChip = ({ status }: { status: LangfuseStatus | null }) => {
  const { value, tone } = chipOf(status);
  return (
    <Popover position="bottom-end" width={320} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className={classes.chip} aria-label={`Langfuse: ${value}`}>
          <span className={classes.dot} data-tone={tone} aria-hidden />
          <span className={classes.chipName}>Langfuse</span>
          <span className={classes.chipValue}>{value}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Langfuse">
        {status?.connected ? <Connected status={status} /> : <NotConnected known={status !== null} />}
      </Popover.Dropdown>
    </Popover>
  );
};

const Connected = ({ status }: { status: LangfuseStatus }) => {
  const { url, queued, delivered, dropped, lastError } = status;
  return (
    <Stack gap="sm">
      {lastError && (
        <Text size="sm" c="var(--bad)">
          {reasonOf(lastError.code)} ({lastError.code}, {moment(lastError.at)})
        </Text>
      )}
      <dl className={classes.facts}>
        <dt>Delivered since the server started</dt>
        <dd>{whole(delivered)}</dd>
        <dt>Waiting on the server&apos;s disk</dt>
        <dd>{whole(queued)}</dd>
        <dt>Given up</dt>
        <dd>{whole(dropped)}</dd>
      </dl>
      <Text size="sm" c="dimmed">
        Ids, hashes and numbers go there; texts do not, unless the server is told to send them.
      </Text>
      {url && (
        <Anchor href={url} target="_blank" rel="noreferrer" size="sm" data-autofocus>
          Open {new URL(url).host} <IconExternalLink size={13} aria-hidden />
        </Anchor>
      )}
    </Stack>
  );
};

const NotConnected = ({ known }: { known: boolean }) => (
  <Text size="sm" tabIndex={-1} data-autofocus>
    {known
      ? "Traces stay in the server's log. Start the server with LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY to see runs, ingestion and searches in Langfuse."
      : "The server did not say whether it is connected."}
  </Text>
);
