import { Group, NumberInput, SegmentedControl, Stack, Switch } from "@mantine/core";
import type { DistillationRule, FalseNegativeRule } from "../../../../domain/training/types.ts";
import { useDatasets } from "../../../../app/datasets/hooks.ts";
import { useRunPlan } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import { Term } from "../../../components/Term.tsx";

const FALSE_NEGATIVES: FalseNegativeRule = { marginStrategy: "relative", margin: 0.05 };
const DISTILLATION: DistillationRule = { weight: 1, temperature: 1 };

/** A number of a setting that is on; what is no number yet changes nothing. */
const Value = (props: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onChange: (value: number) => void;
}) => (
  <NumberInput
    size="xs"
    w={110}
    label={props.label}
    value={props.value}
    min={props.min}
    max={props.max}
    step={props.step}
    decimalScale={6}
    onChange={(value) => typeof value === "number" && props.onChange(value)}
  />
);

/** Which documents of a batch are too near to a question to count as wrong. */
export const FalseNegatives = () => {
  const plan = useRunPlan((state) => state);
  const rule = planned(plan).values.falseNegatives;
  const change = (part: Partial<FalseNegativeRule>) =>
    plan.change("falseNegatives", { ...FALSE_NEGATIVES, ...rule, ...part });
  return (
    <Stack gap="xs">
      <Switch
        label={
          <>
            Leave out likely <Term of="false negative">false negatives</Term>
          </>
        }
        description="A document that the untuned base finds about as near as the right one does not count as wrong."
        checked={rule !== undefined}
        onChange={(event) => (event.currentTarget.checked ? change({}) : plan.reset("falseNegatives"))}
      />
      {rule && (
        <Group gap="sm" align="flex-end">
          <Value
            label="Margin"
            value={rule.margin}
            min={-1}
            max={1}
            step={0.01}
            onChange={(margin) => change({ margin })}
          />
          <SegmentedControl
            size="xs"
            aria-label="Margin counts as"
            data={[
              { value: "relative", label: "Share" },
              { value: "absolute", label: "Cosine" },
            ]}
            value={rule.marginStrategy}
            onChange={(value) => change({ marginStrategy: value as FalseNegativeRule["marginStrategy"] })}
          />
        </Group>
      )}
    </Stack>
  );
};

/** Learning from a teacher's scores; shown where the data has some, or it is on. */
export const Distillation = () => {
  const plan = useRunPlan((state) => state);
  const scored = useDatasets((state) => state.current?.file.dialect.teacher !== undefined);
  const rule = planned(plan).values.distillation;
  const change = (part: Partial<DistillationRule>) =>
    plan.change("distillation", { ...DISTILLATION, ...rule, ...part });
  if (!scored && !rule) return null;
  return (
    <Stack gap="xs">
      <Switch
        label={
          <>
            Learn from the <Term of="teacher scores">teacher's scores</Term>
          </>
        }
        description={
          scored
            ? "The file's scores of documents and hard negatives."
            : "This data set has none; switch it off to train."
        }
        checked={rule !== undefined}
        onChange={(event) => (event.currentTarget.checked ? change({}) : plan.reset("distillation"))}
      />
      {rule && (
        <Group gap="sm">
          <Value
            label="Weight"
            value={rule.weight}
            min={0.001}
            max={1000}
            step={0.1}
            onChange={(weight) => change({ weight })}
          />
          <Value
            label="Temperature"
            value={rule.temperature}
            min={0.001}
            max={1000}
            step={0.1}
            onChange={(temperature) => change({ temperature })}
          />
        </Group>
      )}
    </Stack>
  );
};
