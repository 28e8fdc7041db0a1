import { Alert, Button, Group, NumberInput, Select, Text } from "@mantine/core";
import { useState } from "react";
import { openDoubts, type ColumnChoice } from "../../../domain/dataset/index.ts";
import type { FileView } from "../../../app/datasets/store.ts";
import type { ScoreSummary } from "../../../domain/dataset/types.ts";
import { counted, whole } from "../../components/format.ts";

const valuesOf = ({ min, max, values, count, missing }: ScoreSummary): string => {
  const spread = values
    ? values.map(([value, times]) => `${value} (${whole(times)})`).join(", ")
    : `${min} to ${max} on ${counted(count, "document")}`;
  return missing > 0 ? `${spread}; ${counted(missing, "document")} without` : spread;
};

/** Which column says how well a pair matches, and from where on it counts as a match. */
export const ScorePicker = (props: { file: FileView; disabled: boolean; onChoose: (patch: ColumnChoice) => void }) => {
  const { file, disabled, onChoose } = props;
  const { dialect, scores, graded, columns = [] } = file;
  const column = dialect.score?.column ?? (dialect.score === null ? null : (scores?.column ?? null));
  const ask = openDoubts(dialect).includes("score");
  const others = columns.filter((name) => name !== dialect.query && name !== dialect.positive);
  return (
    <>
      {ask && scores && (
        <Alert color="ochre" variant="light" mt="md" title="Which scores count as a match?">
          “{scores.column}” grades the pairs: {valuesOf(scores)}. Pairs that do not match must not be learned as
          matches.
        </Alert>
      )}
      <Group align="flex-end" gap="sm" mt="md">
        <Select
          label="Score"
          w={200}
          data={others}
          value={column}
          placeholder="none"
          clearable
          disabled={disabled}
          onChange={(next) => onChoose(next === null ? { score: null } : { score: undefined, scoreColumn: next })}
        />
        {column !== null && scores && (
          <Thresholds
            key={`${column} ${dialect.score?.min} ${dialect.score?.negativeBelow}`}
            scores={scores}
            rule={dialect.score ?? null}
            disabled={disabled}
            onChoose={onChoose}
          />
        )}
      </Group>
      {graded && (
        <Text size="sm" c="dimmed" mt="xs">
          {counted(graded.matches, "match", "matches")}, {counted(graded.negatives, "hard negative")},{" "}
          {whole(graded.leftOut)} left out
          {graded.unmatched > 0 &&
            `, ${whole(graded.unmatched)} low ones left out because no row has a right document for their query`}
        </Text>
      )}
    </>
  );
};

const Thresholds = (props: {
  scores: ScoreSummary;
  rule: { min: number; negativeBelow: number | null } | null;
  disabled: boolean;
  onChoose: (patch: ColumnChoice) => void;
}) => {
  const { scores, rule, disabled, onChoose } = props;
  const [min, setMin] = useState<number | string>(rule?.min ?? scores.suggested);
  const [below, setBelow] = useState<number | string>(rule?.negativeBelow ?? "");
  const negativeBelow = typeof below === "number" ? below : null;
  const wrong =
    typeof min !== "number" ? "a number" : negativeBelow !== null && negativeBelow > min ? "not above the match" : null;
  const step = scores.max - scores.min <= 2 ? 0.05 : 1;
  const changed = rule === null || rule.min !== min || rule.negativeBelow !== negativeBelow;
  return (
    <>
      <NumberInput label="Match from" w={120} value={min} onChange={setMin} step={step} disabled={disabled} />
      <NumberInput
        label="Hard negative below"
        placeholder="left out"
        w={170}
        value={below}
        onChange={setBelow}
        step={step}
        disabled={disabled}
        error={wrong}
      />
      <Button
        variant={rule === null ? "filled" : "default"}
        disabled={disabled || wrong !== null || !changed}
        onClick={() => onChoose({ score: { column: scores.column, min: Number(min), negativeBelow } })}
      >
        Apply the threshold
      </Button>
      {rule === null && (
        <Button variant="default" disabled={disabled} onClick={() => onChoose({ score: null })}>
          Every pair is a match
        </Button>
      )}
    </>
  );
};
