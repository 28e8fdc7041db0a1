import { Button, Group, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useLangfuseImport } from "../../../../app/imports/hooks.ts";
import { pick } from "../../../../app/pick.ts";
import { counted } from "../../../components/format.ts";
import { Panel } from "../../../components/Panel.tsx";

const DataSet = () => {
  const { datasets, choice, choose } = useLangfuseImport(pick("datasets", "choice", "choose"));
  return datasets.length === 0 ? (
    <Text c="dimmed">
      This project has no data set. Make one in Langfuse from traces or by hand, or take pairs from judged retrievals.
    </Text>
  ) : (
    <Select
      label="Data set"
      w={{ base: "100%", xs: 360 }}
      searchable
      data={datasets.map(({ name }) => name)}
      value={choice.dataset}
      onChange={(dataset) => choose({ dataset })}
    />
  );
};

const Score = () => {
  const { scores, choice, choose, load } = useLangfuseImport(pick("scores", "choice", "choose", "load"));
  const score = scores.find(({ name }) => name === choice.score);
  return (
    <>
      <Group align="flex-end" gap="md">
        <TextInput
          type="date"
          label="From"
          value={choice.from}
          onChange={(event) => choose({ from: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label="To"
          value={choice.to}
          onChange={(event) => choose({ to: event.currentTarget.value })}
        />
        <Button variant="default" onClick={() => void load()}>
          List the scores of this time
        </Button>
      </Group>
      {scores.length === 0 ? (
        <Text c="dimmed">
          No score was given in this time. Let people or an evaluator score retrievals or traces in Langfuse, or choose
          a longer time.
        </Text>
      ) : (
        <Group align="flex-start" gap="md">
          <Select
            label="Score"
            description={score ? `${counted(score.usable, "value")} on retrievals and traces` : " "}
            w={{ base: "100%", xs: 280 }}
            searchable
            data={scores.map(({ name }) => name)}
            value={choice.score}
            onChange={(name) => choose({ score: name })}
          />
          <TextInput
            label="Good"
            description={score?.categories.length ? `of ${score.categories.join(", ")}` : "such as >=0.5"}
            value={choice.good}
            onChange={(event) => choose({ good: event.currentTarget.value })}
          />
          <TextInput
            label="Bad"
            description={score?.categories.length ? "its documents become hard negatives" : "such as <0.5"}
            value={choice.bad}
            onChange={(event) => choose({ bad: event.currentTarget.value })}
          />
        </Group>
      )}
      <Text size="sm" c="dimmed">
        Documents of retrievals judged good become right answers, those judged bad become hard negatives, and what
        nobody judged is not used.
      </Text>
    </>
  );
};

/** What is read: a data set, or retrievals by a score and a time. */
export const Choose = () => {
  const { choice, choose, missing, looking, look } = useLangfuseImport(
    pick("choice", "choose", "missing", "looking", "look"),
  );
  return (
    <Panel title="What to read">
      <Stack gap="md">
        <SegmentedControl
          aria-label="What to read"
          w="fit-content"
          value={choice.kind}
          onChange={(kind) => choose({ kind: kind === "dataset" ? "dataset" : "score" })}
          data={[
            { value: "score", label: "Judged retrievals" },
            { value: "dataset", label: "A data set" },
          ]}
        />
        {choice.kind === "dataset" ? <DataSet /> : <Score />}
        <Group gap="md">
          <Button disabled={missing !== null} loading={looking} onClick={() => void look()}>
            Take a look
          </Button>
          {missing && (
            <Text size="sm" c="dimmed">
              {missing}
            </Text>
          )}
        </Group>
      </Stack>
    </Panel>
  );
};
