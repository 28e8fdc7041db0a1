import { Anchor, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useState } from "react";
import type { ModelList } from "../../../domain/api/index.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useModels } from "../../../app/registry/hooks.ts";
import { percent, points } from "../../charts/index.ts";
import { Figure } from "../../components/Figure.tsx";
import { capitalized, moment } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { ServerToken } from "../../components/ServerToken.tsx";
import { PutToWork } from "./PutToWork.tsx";

const BASELINE = "the baseline";

/** The version that serves, and the way back to the one before. */
export const Production = ({ list, onOpen }: { list: ModelList; onOpen: (version: string) => void }) => {
  const [asking, setAsking] = useState(false);
  const production = list.versions.find(({ version }) => version === list.production) ?? null;
  const since = useModels((state) => state.events).find(
    ({ to, type }) => to === list.production && type !== "registered",
  );
  const target = list.previous ?? BASELINE;
  return (
    <Panel
      title="In production"
      actions={
        production && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconArrowBackUp size={16} aria-hidden />}
            onClick={() => setAsking(true)}
          >
            Roll back
          </Button>
        )
      }
    >
      {production ? (
        <Stack gap="xs">
          <Figure
            label={production.name}
            value={
              <Anchor
                component="button"
                type="button"
                inherit
                c="inherit"
                ta="left"
                onClick={() => onOpen(production.version)}
              >
                {production.version}
              </Anchor>
            }
            detail={since ? `since ${moment(since.at)}: ${since.reason}` : undefined}
          />
          {production.headline && (
            <Text size="sm">
              {production.headline.metric} {percent(production.headline.tuned)}, {points(production.headline.delta)}{" "}
              points against the baseline
              {production.headline.measuredOn && `, measured on ${production.headline.measuredOn}`}.
            </Text>
          )}
          <PutToWork version={production.version} />
          <Text size="sm" c="dimmed">
            {list.previous ? `Rolling back returns to ${list.previous}.` : "Rolling back returns to the baseline."}
          </Text>
        </Stack>
      ) : (
        <Text>The baseline is in production. Promote a version to replace it.</Text>
      )}
      {list.production && (
        <RollBack opened={asking} target={target} from={list.production} onClose={() => setAsking(false)} />
      )}
    </Panel>
  );
};

/** It stays in the page while it is closed, so that the keyboard returns to the button that opened it. */
const RollBack = (props: { opened: boolean; target: string; from: string; onClose: () => void }) => {
  const { opened, target, from, onClose } = props;
  const rollBack = useModels((state) => state.rollBack);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await rollBack(reason.trim() || `Rolled back from ${from} in the studio`);
      setReason("");
      onClose();
    } catch (thrown) {
      setProblem(toProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Roll back to ${target}?`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack>
        <Text size="sm">
          {target === BASELINE ? capitalized(target) : target} goes into production at once; {from} stays here and can
          be promoted again.
        </Text>
        <TextInput
          label="Reason (optional)"
          description="Kept in the history."
          value={reason}
          maxLength={1000}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {problem?.code === "unauthorized" && <ServerToken />}
        {problem && problem.code !== "unauthorized" && <ProblemPanel problem={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep {from}
          </Button>
          <Button loading={busy} onClick={() => void go()}>
            Roll back
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
