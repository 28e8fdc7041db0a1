import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useModels } from "../../../app/registry/hooks.ts";
import { isAboutFolder } from "../../../app/registry/importFolder.ts";
import { versionOf } from "../../../app/registry/sameModel.ts";
import { useRuns } from "../../../app/runs/hooks.ts";
import { bytes, percent, whole } from "../../charts/index.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { ImportFolder } from "./ImportFolder.tsx";

const SHOWN = 3;

/** Artifacts of this browser that the registry has not got, and the one that is on its way. */
export const Uploads = ({ onRegistered }: { onRegistered: (version: string) => void }) => {
  const runs = useRuns((state) => state.runs);
  const { upload, uploadRun, cancelUpload, dismissUpload, list } = useModels((state) => state);
  const waiting = runs.filter(
    (run) =>
      run.artifact && run.id !== upload?.runId && (list ? versionOf(run, list) === null : run.registryVersion === null),
  );
  const send = async (runId: string) => {
    const version = await uploadRun(runId);
    if (version !== null) onRegistered(version);
  };
  if (!upload && waiting.length === 0) return null;
  const name = upload?.folder ?? runs.find(({ id }) => id === upload?.runId)?.name ?? "The artifact";
  const share = !upload
    ? 0
    : upload.phase === "scoring" && upload.scored
      ? upload.scored.done / upload.scored.total
      : upload.totalBytes > 0
        ? upload.sentBytes / upload.totalBytes
        : 0;
  return (
    <Panel
      title={
        !upload
          ? "In this browser, not on the server"
          : upload.phase === "failed"
            ? `${name} was not uploaded`
            : `Uploading ${name}`
      }
    >
      <Stack gap="md">
        {upload && upload.phase !== "failed" && (
          <Stack gap={6}>
            <Progress value={share * 100} aria-label={`Upload of ${name}`} animated={upload.phase === "checking"} />
            <Group justify="space-between">
              <Text size="sm" role="status">
                {upload.phase === "measuring"
                  ? "Measuring what the model still knows, so that it is registered with that figure"
                  : upload.phase === "scoring"
                    ? `The server measures base and model on the test: ${whole(upload.scored?.done ?? 0)} of ${whole(upload.scored?.total ?? 0)} texts`
                    : upload.phase === "checking"
                      ? "The server is checking every file"
                      : upload.phase === "waiting"
                        ? `${upload.problem?.message} Trying again; nothing is lost.`
                        : `${upload.file ?? "Reading the artifact"} · ${bytes(upload.sentBytes)} of ${bytes(upload.totalBytes)}, ${percent(share, 0)}`}
              </Text>
              <Button size="compact-sm" variant="default" onClick={cancelUpload}>
                Cancel
              </Button>
            </Group>
          </Stack>
        )}
        {upload?.phase === "failed" && upload.problem && (
          <ProblemPanel
            problem={upload.problem}
            kept={
              upload.problem.code === "artifact-missing"
                ? undefined
                : upload.folder
                  ? "Nothing was registered, and the folder is as it was."
                  : "The artifact stays in this browser, and what the server already has is not sent again."
            }
          >
            {upload.folder && isAboutFolder(upload.problem) ? (
              <ImportFolder onRegistered={onRegistered} again />
            ) : (
              <Button size="xs" onClick={() => void send(upload.runId)}>
                Try again
              </Button>
            )}
            <Button size="xs" variant="default" onClick={dismissUpload}>
              {upload.folder ? "Close" : "Later"}
            </Button>
          </ProblemPanel>
        )}
        {waiting.slice(0, SHOWN).map((run) => (
          <Group key={run.id} justify="space-between" gap="sm">
            <div>
              <Text fw={550}>{run.name}</Text>
              <Text size="sm" c="dimmed">
                {run.artifact!.files} files, {bytes(run.artifact!.bytes)}
                {run.tuned &&
                  run.baseline &&
                  `, recall@10 ${percent(run.tuned.metrics["recall@10"])} from ${percent(run.baseline.metrics["recall@10"])}`}
              </Text>
            </div>
            <Button
              size="xs"
              variant="light"
              leftSection={<IconUpload size={15} aria-hidden />}
              disabled={upload !== null && upload.phase !== "failed"}
              aria-label={`Upload ${run.name}`}
              onClick={() => void send(run.id)}
            >
              Upload and review
            </Button>
          </Group>
        ))}
        {waiting.length > SHOWN && (
          <Text size="sm" c="dimmed">
            and {waiting.length - SHOWN} older; find them on Compare.
          </Text>
        )}
      </Stack>
    </Panel>
  );
};
