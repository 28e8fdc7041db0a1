import {
  ActionIcon,
  Badge,
  Button,
  Collapse,
  Group,
  NumberInput,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  Text,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { IconArrowBackUp, IconChevronDown } from "@tabler/icons-react";
import type { Hyperparameters } from "../../../../domain/training/types.ts";
import { useRunPlan } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import { Panel } from "../../../components/Panel.tsx";
import { Term } from "../../../components/Term.tsx";
import { FIELD_GROUPS, fieldProblem, matryoshkaDims, type NumberField } from "./fields.ts";
import { MixedPrecision } from "./MixedPrecision.tsx";
import { Distillation, FalseNegatives } from "./Teaching.tsx";
import classes from "./setup.module.css";

const shown = (value: Hyperparameters[keyof Hyperparameters]): string => {
  if (value === undefined) return "off";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "object" ? "on" : String(value);
};

/** Beside a changed field: back to the preset's value. */
const Reset = ({ field }: { field: keyof Hyperparameters }) => {
  const plan = useRunPlan((state) => state);
  if (!(field in plan.changes)) return null;
  const value = shown(planned(plan).preset[field]);
  return (
    <Tooltip label={`Back to ${value}`}>
      <ActionIcon
        variant="subtle"
        size="sm"
        aria-label={`Reset ${field} to ${value}`}
        onClick={() => plan.reset(field)}
      >
        <IconArrowBackUp size={16} />
      </ActionIcon>
    </Tooltip>
  );
};

const NumberRow = ({ field }: { field: NumberField }) => {
  const plan = useRunPlan((state) => state);
  const value = planned(plan).values[field.field];
  /** What stands in the field; while that is no number the plan holds NaN, so that nothing is trained with what is not shown. */
  const [typed, setTyped] = useState<string | number>(value);
  const shown = Number.isFinite(value) && Number(typed) !== value ? value : typed;
  return (
    <NumberInput
      label={field.label}
      description={
        field.term ? (
          <>
            {field.help} <Term of={field.term}>{""}</Term>
          </>
        ) : (
          field.help
        )
      }
      value={shown}
      step={field.step}
      allowDecimal={!field.whole}
      decimalScale={field.whole ? 0 : 9}
      error={fieldProblem(field, value)}
      onChange={(next) => {
        setTyped(next);
        plan.change(field.field, next === "" ? NaN : Number(next));
      }}
      rightSection={field.field in plan.changes ? <Reset field={field.field} /> : undefined}
      data-changed={field.field in plan.changes || undefined}
      classNames={{ input: classes.changeable }}
    />
  );
};

const SwitchRow = (props: { field: "shuffle" | "maskKnownPositives"; label: string; help: string }) => {
  const plan = useRunPlan((state) => state);
  return (
    <Group gap="xs" align="flex-start">
      <Switch
        label={props.label}
        description={props.help}
        checked={planned(plan).values[props.field]}
        onChange={(event) => plan.change(props.field, event.currentTarget.checked)}
      />
      <Reset field={props.field} />
    </Group>
  );
};

const Matryoshka = () => {
  const plan = useRunPlan((state) => state);
  const { values, base } = planned(plan);
  const [refused, setRefused] = useState<string[]>([]);
  return (
    <TagsInput
      label="Matryoshka dimensions"
      description={
        <>
          Trains shorter embeddings too. Numbers up to {base.hidden}; none trains the full length only.{" "}
          <Term of="Matryoshka">{""}</Term>
        </>
      }
      value={values.matryoshkaDims.map(String)}
      error={refused.length > 0 && `Not taken: ${refused.join(", ")}. Give whole numbers up to ${base.hidden}.`}
      onChange={(tags) => {
        const read = matryoshkaDims(tags, base.hidden);
        setRefused(read.refused);
        plan.change("matryoshkaDims", read.dims);
      }}
      rightSection={"matryoshkaDims" in plan.changes ? <Reset field="matryoshkaDims" /> : undefined}
      splitChars={[",", " "]}
    />
  );
};

/** Every hyperparameter, folded away, with how many differ from the preset. */
export const Advanced = () => {
  const [open, { toggle }] = useDisclosure(false);
  const { changes, resetAll } = useRunPlan((state) => state);
  const changed = Object.keys(changes).length;
  return (
    <Panel>
      <Group justify="space-between">
        <UnstyledButton onClick={toggle} aria-expanded={open} aria-controls="advanced">
          <Group gap="xs">
            <IconChevronDown size={18} aria-hidden style={{ rotate: open ? undefined : "-90deg" }} />
            <Text fw={600}>Advanced</Text>
            {changed > 0 && (
              <Badge variant="light" tt="none" fw={500}>
                {changed} changed
              </Badge>
            )}
          </Group>
        </UnstyledButton>
        {changed > 0 && (
          <Button variant="subtle" size="compact-sm" onClick={resetAll}>
            Reset all
          </Button>
        )}
      </Group>
      <Collapse expanded={open} id="advanced">
        <Stack gap="xl" pt="lg">
          {FIELD_GROUPS.map((group) => (
            <div key={group.title} role="group" aria-label={group.title}>
              <Text fw={550} mb="sm">
                {group.title}
              </Text>
              <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg" verticalSpacing="md" className={classes.fields}>
                {group.fields.map((field) => (
                  <NumberRow key={field.field} field={field} />
                ))}
              </SimpleGrid>
            </div>
          ))}
          <SimpleGrid cols={{ base: 1, lg: 3 }} spacing="lg">
            <Matryoshka />
            <SwitchRow field="shuffle" label="Shuffle" help="New batches each epoch, without a repeated text in one." />
            <SwitchRow
              field="maskKnownPositives"
              label="Mask known positives"
              help="A document that is known to answer the query never counts as wrong."
            />
            <FalseNegatives />
            <Distillation />
            <MixedPrecision />
          </SimpleGrid>
        </Stack>
      </Collapse>
    </Panel>
  );
};
