import { Button, Group, Loader, NumberInput, Switch, Text } from "@mantine/core";
import { IconArrowsShuffle } from "@tabler/icons-react";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import type { DatasetView, SplitSettings } from "../../../app/datasets/store.ts";
import { pick } from "../../../app/pick.ts";
import { capitalized, counted, whole } from "../../components/format.ts";
import { at } from "../../../domain/present.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { Term } from "../../components/Term.tsx";
import classes from "./data.module.css";

const SIDES = [
  { key: "train", label: "to learn from", color: "var(--series-tuned)" },
  { key: "dev", label: "to choose the best moment", color: "var(--series-bm25)" },
  { key: "test", label: "to judge the result, once", color: "var(--series-baseline)" },
] as const;

/** Rows on no side, and why. */
const leftWords = (rows: number, testFile: boolean): string =>
  `${counted(rows, "row")} left out of the split, because ${rows === 1 ? "it shares" : "they share"} a text ${testFile ? "with the test file" : "or a document with the real questions of the test"}.`;

/** How the pairs are cut, so that no text stands on two sides. */
export const SplitPanel = ({ dataset }: { dataset: DatasetView }) => {
  const { changeSplit, splitting, splitProblem } = useDatasets(pick("changeSplit", "splitting", "splitProblem"));
  const { settings, split, undecided: open } = dataset;
  const change = (patch: Partial<SplitSettings>) => void changeSplit({ ...settings, ...patch });
  const share = (field: "dev" | "test", label: string) => (
    <NumberInput
      label={label}
      w={120}
      suffix=" %"
      min={field === "dev" ? 0 : 1}
      max={50}
      allowDecimal={false}
      disabled={field === "test" && (dataset.test !== null || dataset.realTest)}
      value={Math.round(settings[field] * 100)}
      onChange={(value) =>
        typeof value === "number" &&
        value >= (field === "dev" ? 0 : 1) &&
        value <= 50 &&
        change({ [field]: value / 100 })
      }
    />
  );
  return (
    <Panel
      title={<Term of="split">Split</Term>}
      note={
        <>
          no question, document or <Term of="near duplicate" /> is in two parts
        </>
      }
    >
      <Group gap="md" align="flex-end" mb="lg">
        {share("dev", "Dev")}
        {share("test", "Test")}
        <NumberInput
          label="Seed"
          w={130}
          min={0}
          max={2_147_483_647}
          allowDecimal={false}
          value={settings.seed}
          onChange={(value) => typeof value === "number" && change({ seed: value })}
        />
        <Button
          variant="default"
          leftSection={<IconArrowsShuffle size={17} aria-hidden />}
          onClick={() => change({ seed: at(crypto.getRandomValues(new Uint32Array(1)), 0) >>> 1 })}
        >
          New seed
        </Button>
        <Text component="span" mb={8}>
          <Term of="seed">{""}</Term>
        </Text>
        <Switch
          label="Keep near duplicates together"
          checked={settings.nearDuplicates}
          onChange={(event) => change({ nearDuplicates: event.currentTarget.checked })}
          mb={8}
        />
        {dataset.timed && (
          <Switch
            label="Test on the newest pairs"
            checked={settings.order === "time"}
            onChange={(event) => change({ order: event.currentTarget.checked ? "time" : "random" })}
            mb={8}
          />
        )}
      </Group>
      {open && (
        <Text c="dimmed" role="status">
          {open}; then the split is made.
        </Text>
      )}
      {splitting && <Loader size="sm" role="status" aria-label="Making the split" />}
      {splitProblem && (
        <ProblemPanel problem={splitProblem} kept="The data set is stored; nothing is lost.">
          {splitProblem.code === "split-leak" && (
            <Button onClick={() => change({ leaks: "leave-out" })}>Leave these rows out of training</Button>
          )}
          {splitProblem.code === "split-one-component" && settings.negatives === "join" && (
            <Button variant="default" onClick={() => change({ negatives: "ignore" })}>
              Group by queries and right documents only
            </Button>
          )}
          {splitProblem.code === "split-one-component" && settings.nearDuplicates && (
            <Button variant="default" onClick={() => change({ nearDuplicates: false })}>
              Split near duplicates apart
            </Button>
          )}
          {splitProblem.code === "real-questions-everywhere" && settings.testReal !== false && (
            <Button variant="default" onClick={() => change({ testReal: false })}>
              Test on a share of the real questions, and train on the others
            </Button>
          )}
        </ProblemPanel>
      )}
      {split && !splitting && (
        <>
          <div className={classes.bar} aria-hidden>
            {SIDES.map(({ key, color }) => (
              <span key={key} style={{ background: color, flexGrow: split[key] }} />
            ))}
          </div>
          <Group gap="xl" mt="sm">
            {SIDES.map(({ key, label, color }) => (
              <div key={key}>
                <Text size="sm" fw={550} className="numbers">
                  <span
                    aria-hidden
                    style={{
                      display: "inline-block",
                      width: 10,
                      height: 10,
                      borderRadius: 2,
                      marginRight: 6,
                      background: color,
                    }}
                  />
                  {capitalized(key)}: {whole(split[key])}
                </Text>
                <Text size="sm" c="dimmed">
                  {label}
                </Text>
              </div>
            ))}
            <div>
              <Text size="sm" fw={550} className="numbers">
                Groups: {whole(split.groups)}
              </Text>
              <Text size="sm" c="dimmed">
                pairs that share a text
              </Text>
            </div>
          </Group>
          {split.left > 0 && (
            <Text size="sm" mt="sm">
              {leftWords(split.left, dataset.test !== null)}
            </Text>
          )}
          <Text size="sm" c="dimmed" mt="md">
            Split hash <span className={classes.hash}>{split.hash}</span>
          </Text>
        </>
      )}
    </Panel>
  );
};
