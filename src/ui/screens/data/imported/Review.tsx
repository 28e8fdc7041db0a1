import { Button, Checkbox, Group, Radio, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { MIN_PAIRS } from "../../../../domain/dataset/index.ts";
import type { Imported, Taking } from "../../../../app/imports/imported.ts";
import { Figure } from "../../../components/Figure.tsx";
import { counted, whole } from "../../../components/format.ts";
import { notifyProblem } from "../../../components/notify.ts";
import { Panel } from "../../../components/Panel.tsx";
import { WideTable } from "../../../components/WideTable.tsx";
import { Pairs } from "./Pairs.tsx";

/** Findings that are listed at once. */
const STEP = 20;

/** What looks like personal data, to be looked at before anything is taken. */
const Personal = (props: {
  personal: Imported["personal"];
  looked: boolean;
  onLooked: (looked: boolean) => void;
  keep: boolean;
  onKeep: (keep: boolean) => void;
}) => {
  const [shown, setShown] = useState(STEP);
  const { personal } = props;
  return (
    <Stack gap="sm" mt="lg">
      <Text fw={550}>
        {counted(personal.length, "pair holds", "pairs hold")} something that looks like an e-mail address or a
        telephone number
      </Text>
      <WideTable label="Possible personal data" minWidth={560}>
        <Table fz="sm" verticalSpacing="xs" miw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">What it looks like</Table.Th>
              <Table.Th scope="col">Text</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {personal.slice(0, shown).map(({ pair, what, text }) => (
              <Table.Tr key={pair} style={{ verticalAlign: "top" }}>
                <Table.Td>{what.join(", ")}</Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{text.slice(0, 400)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
      {personal.length > shown && (
        <Button variant="default" size="compact-sm" w="fit-content" onClick={() => setShown(shown + STEP)}>
          Show more of them
        </Button>
      )}
      <Radio.Group
        label="These pairs"
        value={props.keep ? "keep" : "leave"}
        onChange={(value) => props.onKeep(value === "keep")}
      >
        <Group gap="lg" mt={6}>
          <Radio value="leave" label="Leave them out" />
          <Radio value="keep" label="Take them: I may use them for training" />
        </Group>
      </Radio.Group>
      <Checkbox
        label="I have looked at these texts"
        checked={props.looked}
        onChange={(event) => props.onLooked(event.currentTarget.checked)}
      />
    </Stack>
  );
};

/** What was read, and the last step before it is a data set like any other. */
export const Review = ({ result, take }: { result: Imported; take: (taking: Taking) => Promise<void> }) => {
  const { counts, personal } = result;
  const [looked, setLooked] = useState(false);
  const [keep, setKeep] = useState(false);
  const [without, setWithout] = useState<ReadonlySet<number>>(new Set());
  const navigate = useNavigate();
  const left = new Set([...without, ...(keep ? [] : personal.map(({ pair }) => pair))]).size;
  const taken = counts.pairs - left;
  const missing =
    counts.pairs === 0 || taken === 0
      ? counts.pairs === 0
        ? "Nothing was judged good, so there is no pair yet"
        : "You left out every pair"
      : personal.length > 0 && !looked
        ? "Look at the possible personal data first"
        : null;
  return (
    <Panel
      title="Pairs"
      note={
        taken < MIN_PAIRS
          ? `training needs at least ${MIN_PAIRS}, and a few hundred to show a gain`
          : "the newest fifth becomes the test"
      }
    >
      <Group gap="16px 40px" align="flex-start">
        <Figure label="Pairs" value={whole(counts.pairs)} tone={counts.pairs > 0 ? "good" : "bad"} />
        <Figure label="Right documents" value={whole(counts.positives)} />
        <Figure label="Hard negatives" value={whole(counts.negatives)} />
        {counts.onlyBad > 0 && (
          <Figure label="Only bad documents" value={whole(counts.onlyBad)} detail="questions that are not used" />
        )}
        {counts.conflicts > 0 && (
          <Figure label="Judged both ways" value={whole(counts.conflicts)} detail="the report will ask about them" />
        )}
      </Group>
      <Pairs pairs={result.pairs} without={without} onWithout={setWithout} />
      {personal.length > 0 && (
        <Personal personal={personal} looked={looked} onLooked={setLooked} keep={keep} onKeep={setKeep} />
      )}
      <Group mt="lg" gap="md">
        <Button
          disabled={missing !== null}
          onClick={() => void take({ withPersonal: keep, without }).then(() => navigate("/data"), notifyProblem)}
        >
          Take {counted(taken, "pair")} as a data set
        </Button>
        {missing && (
          <Text size="sm" c="dimmed">
            {missing}
          </Text>
        )}
      </Group>
    </Panel>
  );
};
