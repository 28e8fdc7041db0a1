import { Button, Checkbox, Group, List, Loader, Modal, Stack, Text, Textarea, ThemeIcon } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconMinus, IconQuestionMark, IconX } from "@tabler/icons-react";
import { useCallback, useEffect, useState } from "react";
import type { GateCheck, GateReport } from "../../../domain/api/index.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useModels } from "../../../app/registry/hooks.ts";
import { percent, points } from "../../charts/index.ts";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { ServerToken } from "../../components/ServerToken.tsx";
import { useFocusBack } from "../../components/useFocusBack.ts";
import { checkName } from "./checkNames.ts";
import { PutToWork } from "./PutToWork.tsx";

const OUTCOMES = {
  passed: { icon: IconCheck, color: "spruce", word: "passed" },
  failed: { icon: IconX, color: "brick", word: "failed" },
  "not-applicable": { icon: IconMinus, color: "gray", word: "nothing to compare with" },
  "not-comparable": { icon: IconQuestionMark, color: "ochre", word: "not comparable" },
  "not-measured": { icon: IconQuestionMark, color: "ochre", word: "not measured" },
};

/** What the checks come to, in one line. */
const headline = (gate: GateReport): string => {
  const [only] = gate.checks;
  if (only?.code === "already-in-production") return `${only.message} ${only.hint}`;
  const against = gate.production ? `${gate.production}, now in production` : "the baseline";
  const open = gate.checks.filter(({ outcome }) => outcome === "not-measured").map(({ code }) => checkName(code));
  if (gate.passed && open.length > 0)
    return `Nothing stands against it. Not measured: ${open.join(", ").toLowerCase()}. It replaces ${against}.`;
  if (gate.passed) return `All checks passed. It replaces ${against}.`;
  if (!gate.overridable) return "This version cannot be promoted.";
  const blocked = "Promotion blocked. You can override it with a reason.";
  const baseline = gate.checks.find(({ code }) => code === "no-regression-baseline");
  if (baseline?.outcome === "failed" && baseline.evidence === null)
    return `Nobody has measured this version. ${blocked}`;
  const apart = gate.checks.find(({ outcome }) => outcome === "not-comparable");
  return apart ? `${apart.message} ${blocked}` : blocked;
};

/** The evidence on a version, and the decision. */
export const GateDialog = ({ version, onClose }: { version: string; onClose: () => void }) => {
  useFocusBack();
  const ask = useModels((state) => state.gate);
  const known = useModels((state) => (state.known?.version === version ? state.known : null));
  const [gate, setGate] = useState<GateReport | null>(null);
  const promote = useModels((state) => state.promote);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [note, setNote] = useState("");
  const [override, setOverride] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const load = useCallback(
    () =>
      ask(version).then(
        (report) => setGate(report),
        (thrown: unknown) => setProblem(toProblem(thrown)),
      ),
    [ask, version],
  );
  useEffect(() => void load(), [load]);

  const noteMissing = note.trim() === "";
  const overrideMissing = gate !== null && !gate.passed && !override;
  const go = async () => {
    setTried(true);
    if (!gate || noteMissing || overrideMissing) return;
    setBusy(true);
    setProblem(null);
    try {
      await promote(version, { reason: note.trim(), override: !gate.passed, evidenceHash: gate.evidenceHash });
      notifications.show({
        message: `${version} is in production.`,
        closeButtonProps: { "aria-label": "Dismiss" },
      });
      onClose();
    } catch (thrown) {
      setProblem(toProblem(thrown));
      // The evidence may have changed meanwhile; the old one stays in view if this fails too.
      await ask(version).then(setGate, () => undefined);
      setBusy(false);
    }
  };
  const blocked = gate !== null && !gate.passed && !gate.overridable;
  const serving = gate?.checks[0]?.code === "already-in-production";
  // What stands in the way first, then the decision, so that both are in view together.
  const stands = ({ outcome }: GateCheck) =>
    blocked || gate?.passed || outcome === "failed" || outcome === "not-comparable";
  const first = gate?.checks.filter(stands) ?? [];
  const rest = gate?.checks.filter((check) => !stands(check)) ?? [];
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={serving ? version : `Promote ${version}?`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="sm">
        {!gate && !problem && (
          <Group gap="sm" role="status">
            <Loader size="xs" />
            <Text>Checking files and scores</Text>
          </Group>
        )}
        {gate && (
          <>
            {known && (
              <Text>
                {known.folder} is {version}: the same base, adapter and prompts. Nothing was registered anew.
              </Text>
            )}
            <Text fw={550}>{headline(gate)}</Text>
            {!serving && (
              <Text size="sm" c="dimmed">
                {blocked
                  ? "Production stays as it is."
                  : "It is registered as a candidate either way; Cancel leaves production as it is."}
              </Text>
            )}
            {serving ? <PutToWork version={version} /> : <Checks checks={first} />}
          </>
        )}
        {problem?.code === "unauthorized" && <ServerToken />}
        {problem && problem.code !== "unauthorized" && (
          <ProblemPanel problem={problem} kept="Nothing was changed.">
            {!gate && (
              <Button
                size="xs"
                variant="default"
                onClick={() => {
                  setProblem(null);
                  void load();
                }}
              >
                Try again
              </Button>
            )}
          </ProblemPanel>
        )}
        {!serving && <ServerToken />}
        {gate && !blocked && (
          <>
            <Textarea
              data-autofocus
              required
              label={gate.passed ? "Reason" : "Reason for override"}
              description="Kept in the history with your decision."
              autosize
              minRows={2}
              maxLength={1000}
              value={note}
              error={tried && noteMissing ? "Write a reason" : undefined}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            {!gate.passed && (
              <Checkbox
                label="Override the failed checks"
                checked={override}
                error={tried && overrideMissing ? "Confirm the override" : undefined}
                onChange={(event) => setOverride(event.currentTarget.checked)}
              />
            )}
          </>
        )}
        {rest.length > 0 && <Checks checks={rest} />}
        {/* In view however long the checks are. */}
        <Group justify="flex-end" py="sm" pos="sticky" bottom={0} bg="var(--mantine-color-body)">
          <Button variant="default" onClick={onClose}>
            {blocked ? "Close" : "Cancel"}
          </Button>
          {gate && !blocked && (
            <Button color={gate.passed ? undefined : "brick"} loading={busy} onClick={() => void go()}>
              {gate.passed ? "Promote" : "Promote anyway"}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
};

const Checks = ({ checks }: { checks: readonly GateCheck[] }) => (
  <List spacing={6} listStyleType="none" center={false}>
    {checks.map((check) => (
      <Check key={check.code} check={check} />
    ))}
  </List>
);

/** Checks that, once passed, have said all with their name. */
const OBVIOUS = new Set(["checksums", "base", "prompt", "measured-on"]);

const Check = ({ check }: { check: GateCheck }) => {
  const { icon: Icon, color, word } = OUTCOMES[check.outcome];
  const { evidence } = check;
  // What passed is said once: by its name, or by its figures.
  const told = check.outcome !== "passed" || !(OBVIOUS.has(check.code) || evidence);
  return (
    <List.Item
      icon={
        <ThemeIcon size={22} radius="xl" color={color} variant="light">
          <Icon size={14} role="img" aria-label={word} />
        </ThemeIcon>
      }
    >
      <Text size="sm" fw={550}>
        {checkName(check.code)}
      </Text>
      {told && (
        <Text size="sm" c="dimmed">
          {check.message}
          {check.hint !== "" && ` ${check.hint}`}
        </Text>
      )}
      {evidence && (
        <Text size="sm" className="numbers">
          {/* As fine as the difference needs: 44.14 → 42.58 is −1.6 points. */}
          {evidence.metric}: {percent(evidence.reference, 2)} → {percent(evidence.candidate, 2)}
          {!told &&
            `, ${points(evidence.delta)} points (95 % interval ${points(evidence.interval[0])} to ${points(evidence.interval[1])})`}
          , {evidence.method === "paired" ? "query by query" : "from two separate tests"}
        </Text>
      )}
    </List.Item>
  );
};
