import { Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import { IconPick } from "@tabler/icons-react";
import { useState } from "react";
import type { MinedView } from "../../../../app/datasets/store.ts";
import { useDatasets, useMining } from "../../../../app/datasets/hooks.ts";
import { useLiveRun, useRunPlan } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import { counted, whole } from "../../../components/format.ts";
import { Panel } from "../../../components/Panel.tsx";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { Underway } from "../../../components/Underway.tsx";
import { Term } from "../../../components/Term.tsx";
import { Suspects } from "./Suspects.tsx";

/** Wrong documents that the base takes for right ones, found in the training side. */
export const Mining = () => {
  const dataset = useDatasets((state) => state.current);
  const live = useLiveRun((state) => state.live);
  const plan = useRunPlan((state) => state);
  const { status, progress, problem, mine, stop, remove } = useMining((state) => state);
  const [numNegatives, setNumNegatives] = useState(3);
  const [margin, setMargin] = useState(5);
  if (!dataset?.split) return null;
  const { base, values } = planned(plan);
  const instruction = plan.instruction.trim();
  const { mined } = dataset;
  const start = () =>
    void mine({
      base: base.ref,
      baseName: base.name,
      reading: { instruction: instruction || null, maxTokens: values.maxTokens },
      numNegatives,
      relativeMargin: margin / 100,
    });
  return (
    <Panel title="Hard negatives" note="optional">
      <Stack gap="md">
        <Text c="dimmed" maw={720}>
          Texts that look right but are wrong teach the most. The base ranks the training documents for each training
          query; the best of those that are not marked as right become wrong answers. What comes within the{" "}
          <Term of="margin" /> of the right document is set aside, because it may be right as well.
        </Text>
        {status === "working" ? (
          <Underway label="Embedding the training side with the base" progress={progress} onStop={stop} />
        ) : (
          <Group align="flex-end" gap="md">
            <NumberInput
              label="Negatives a query"
              w={150}
              min={1}
              max={10}
              allowDecimal={false}
              value={numNegatives}
              onChange={(value) => typeof value === "number" && value >= 1 && value <= 10 && setNumNegatives(value)}
            />
            <NumberInput
              label="Margin"
              w={120}
              suffix=" %"
              min={0}
              max={50}
              value={margin}
              onChange={(value) => typeof value === "number" && value >= 0 && value <= 50 && setMargin(value)}
            />
            <Button
              variant="default"
              leftSection={<IconPick size={17} aria-hidden />}
              disabled={live !== null}
              onClick={start}
            >
              {mined ? "Mine again" : "Mine with the base"}
            </Button>
            {mined && (
              <Button variant="subtle" color="gray" onClick={remove}>
                Train without them
              </Button>
            )}
          </Group>
        )}
        {status === "failed" && problem && <ProblemPanel problem={problem} tone="ochre" />}
        {mined && <Found mined={mined} base={base.name} instruction={instruction} />}
        {mined && mined.suspects.length > 0 && <Suspects mined={mined} />}
      </Stack>
    </Panel>
  );
};

/** What was found, and whether it still fits the run that is planned. */
const Found = ({ mined, base, instruction }: { mined: MinedView; base: string; instruction: string }) => {
  const { made, negatives, queriesWithNegatives, queries } = mined;
  const without = queries - queriesWithNegatives;
  const other = made.base !== base ? made.base : made.instruction !== instruction ? "another sentence" : null;
  return (
    <div role="status">
      <Text>
        {counted(negatives, "hard negative")} for {whole(queriesWithNegatives)} of{" "}
        {counted(queries, "training query", "training queries")}
        {without > 0 && `; ${whole(without)} had none beyond the margin`}. They go into the next run.
      </Text>
      {other && (
        <Text size="sm" c="dimmed">
          They were mined with {other}; mine again to fit the run above.
        </Text>
      )}
    </div>
  );
};
