import { Button, Stack, Table, Text } from "@mantine/core";
import { useNavigate } from "react-router";
import type { SweepPoint } from "../../../../app/comparison/store.ts";
import { useStrengths } from "../../../../app/strengths/hooks.ts";
import type { WholeRun } from "../../../../domain/run/types.ts";
import { percent, points } from "../../../charts/index.ts";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { Term } from "../../../components/Term.tsx";
import { Underway } from "../../../components/Underway.tsx";
import { WideTable } from "../../../components/WideTable.tsx";

const LABELS = {
  measuring: "Measuring what each strength keeps",
  taking: "Measuring and writing the version",
};

/** Both sides of each strength: what it gains on its field, what it loses elsewhere; and each as a version of its own. */
export const Strengths = ({ run, strengths }: { run: WholeRun; strengths: readonly SweepPoint[] }) => {
  const kept = useStrengths((state) => state.kept[run.id]);
  const work = useStrengths((state) => state.work[run.id]);
  const { measure, take, stop } = {
    measure: useStrengths((state) => state.measure),
    take: useStrengths((state) => state.take),
    stop: useStrengths((state) => state.stop),
  };
  const navigate = useNavigate();
  const takeIt = async (strength: number) => {
    const id = await take(run, strength);
    if (id !== null) void navigate(`/compare?run=${id}`);
  };
  const busy = work?.status === "working";
  return (
    <Stack gap="sm">
      <WideTable label="Strengths" minWidth={760}>
        <Table className="numbers" aria-label="Gain and loss at each strength">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Strength</Table.Th>
              <Table.Th scope="col">Dev recall@10</Table.Th>
              <Table.Th scope="col">95 % interval</Table.Th>
              <Table.Th scope="col">
                <Term of="general set">General set</Term>
              </Table.Th>
              <Table.Th scope="col">Change from the baseline</Table.Th>
              <Table.Th scope="col" aria-label="Take it" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {strengths.map(({ at: strength, evaluation, intervals: { "recall@10": interval } }) => {
              const found = kept?.find((one) => one.strength === strength)?.retention;
              return (
                <Table.Tr key={strength}>
                  <Table.Th scope="row" fw={500}>
                    λ = {strength}
                  </Table.Th>
                  <Table.Td>{percent(evaluation.metrics["recall@10"])}</Table.Td>
                  <Table.Td>{interval ? `${percent(interval[0])} to ${percent(interval[1])}` : "–"}</Table.Td>
                  <Table.Td>{found ? percent(found.tuned) : "–"}</Table.Td>
                  <Table.Td>
                    {found
                      ? `${points(found.delta)} (${points(found.interval[0])} to ${points(found.interval[1])})`
                      : "–"}
                  </Table.Td>
                  <Table.Td>
                    {strength > 0 && strength < 1 && (
                      <Button
                        variant="subtle"
                        size="compact-sm"
                        disabled={busy}
                        onClick={() => void takeIt(strength)}
                        aria-label={`Take λ = ${strength} as a version`}
                      >
                        Take as a version
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </WideTable>
      {work?.status === "working" && <Underway label={LABELS[work.doing]} progress={work} onStop={stop} />}
      {work?.status === "failed" && <ProblemPanel problem={work.problem} tone="ochre" kept="The run is as it was." />}
      {!kept && !busy && (
        <Button variant="default" size="xs" style={{ alignSelf: "flex-start" }} onClick={() => void measure(run)}>
          Measure what each strength keeps
        </Button>
      )}
      <Text size="sm" c="dimmed">
        A version at a smaller strength is not trained again: the adapter&apos;s alpha is scaled, test and general set
        are scored anew, and its manifest says which run it came from.
      </Text>
    </Stack>
  );
};
