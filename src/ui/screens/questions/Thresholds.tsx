import { Button, Group, NumberInput, SimpleGrid, Text } from "@mantine/core";
import { useState } from "react";
import {
  DEFAULT_THRESHOLDS,
  THRESHOLD_RANGES,
  type FilterThresholds,
} from "../../../domain/questions/filters/thresholds.ts";
import type { FilterName } from "../../../domain/questions/types.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";

/** `unit` is how a number is shown: a share in percent. */
const FIELDS: readonly [name: keyof FilterThresholds, label: string, unit: number][] = [
  ["leastCharacters", "Letters and digits, at least", 1],
  ["mostCharacters", "Characters, at most", 1],
  ["copiedWords", "Copied: words in a row, from", 1],
  ["copiedShare", "Copied: % of the question, from", 100],
  ["genericDeviations", "Generic: deviations above", 1],
  ["roundTripDepth", "Passage found among the first", 1],
];

/** Thresholds of filters that a kind of questions may do without. */
const OF_FILTER: Partial<Record<FilterName, readonly (keyof FilterThresholds)[]>> = {
  copied: ["copiedWords", "copiedShare"],
  generic: ["genericDeviations"],
  "round-trip": ["roundTripDepth"],
};

type Typed = Record<keyof FilterThresholds, number | "">;

/** Where the filters draw their lines, to be drawn otherwise: the questions are filtered again, and none is written. */
export const Thresholds = ({ used, unused }: { used: FilterThresholds; unused: readonly FilterName[] }) => {
  const filter = useQuestions((state) => state.filter);
  const [typed, setTyped] = useState<Typed>({ ...used });
  const wanted = readTyped(typed);
  const same = wanted !== null && FIELDS.every(([name]) => wanted[name] === used[name]);
  // Once filtered anew, the fields stay in view.
  const changed = FIELDS.some(([name]) => used[name] !== DEFAULT_THRESHOLDS[name]);
  const crossed = wanted !== null && wanted.leastCharacters > wanted.mostCharacters;
  return (
    <details open={changed}>
      <summary>
        <Text span size="sm">
          Change the thresholds
        </Text>
      </summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted && !crossed) void filter(wanted);
        }}
      >
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm" mt="xs" maw={820}>
          {FIELDS.filter(([name]) => !unused.some((filter) => OF_FILTER[filter]?.includes(name))).map(
            ([name, label, unit]) => {
              const { least, most, whole } = THRESHOLD_RANGES[name];
              const value = typed[name];
              return (
                <NumberInput
                  key={name}
                  label={label}
                  description={`${DEFAULT_THRESHOLDS[name] * unit} unless you change it`}
                  min={least * unit}
                  max={most * unit}
                  step={whole || unit > 1 ? 1 : 0.1}
                  allowDecimal={!whole && unit === 1}
                  clampBehavior="blur"
                  value={value === "" ? "" : Math.round(value * unit * 100) / 100}
                  onChange={(next) => setTyped({ ...typed, [name]: typeof next === "number" ? next / unit : "" })}
                />
              );
            },
          )}
        </SimpleGrid>
        <Group gap="sm" mt="sm">
          <Button type="submit" variant="default" disabled={wanted === null || same || crossed}>
            Filter again
          </Button>
          <Button variant="subtle" color="gray" onClick={() => setTyped({ ...DEFAULT_THRESHOLDS })}>
            Back to the defaults
          </Button>
          <Text size="sm" c="dimmed">
            {crossed
              ? "The least is above the most: no question could be kept"
              : "No question is written again; what you accepted and rejected stays"}
          </Text>
        </Group>
      </form>
    </details>
  );
};

/** Null while a number is missing. */
const readTyped = (typed: Typed): FilterThresholds | null => {
  const { leastCharacters, mostCharacters, copiedShare, copiedWords, genericDeviations, roundTripDepth } = typed;
  if (leastCharacters === "" || mostCharacters === "" || copiedShare === "") return null;
  if (copiedWords === "" || genericDeviations === "" || roundTripDepth === "") return null;
  return { leastCharacters, mostCharacters, copiedShare, copiedWords, genericDeviations, roundTripDepth };
};
