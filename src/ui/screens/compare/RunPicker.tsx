import { Group, MultiSelect, Select } from "@mantine/core";
import type { RunRecord } from "../../../domain/run/types.ts";
import { notComparable } from "../../../app/comparison/config.ts";
import { percent } from "../../charts/index.ts";

const named = (run: RunRecord) =>
  `${run.name}${run.tuned ? ` · recall@10 ${percent(run.tuned.metrics["recall@10"])}` : ""}`;

/** Which run, beside which others, against what. */
export const RunPicker = (props: {
  runs: readonly RunRecord[];
  main: RunRecord;
  others: readonly string[];
  pin: string;
  onMain: (id: string) => void;
  onOthers: (ids: readonly string[]) => void;
  onPin: (id: string) => void;
}) => {
  const scored = props.runs.filter(({ tuned }) => tuned);
  const beside = scored.filter(({ id }) => id !== props.main.id);
  const comparable = [
    props.main,
    ...beside.filter((run) => props.others.includes(run.id) && notComparable(props.main, run) === null),
  ];
  return (
    <Group align="flex-end" gap="md" grow preventGrowOverflow={false}>
      <Select
        label="Run"
        data={scored.map((run) => ({ value: run.id, label: named(run) }))}
        value={props.main.id}
        onChange={(id) => id && props.onMain(id)}
        allowDeselect={false}
        miw={240}
      />
      <MultiSelect
        label="Beside"
        placeholder={props.others.length ? undefined : beside.length ? "Other runs" : "No other run was scored yet"}
        disabled={beside.length === 0}
        data={beside.map((run) => ({ value: run.id, label: named(run) }))}
        value={[...props.others]}
        onChange={props.onOthers}
        clearable
        clearButtonProps={{ "aria-label": "Remove all other runs" }}
        maxValues={5}
        miw={260}
      />
      <Select
        label="Measured against"
        data={[
          { value: "base", label: `Baseline (${props.main.base.id})` },
          ...(props.main.bm25 ? [{ value: "bm25", label: "BM25" }] : []),
          ...comparable.map((run) => ({ value: run.id, label: run.name })),
        ]}
        value={props.pin}
        onChange={(id) => id && props.onPin(id)}
        allowDeselect={false}
        miw={220}
      />
    </Group>
  );
};
