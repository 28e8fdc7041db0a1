import { Group, MultiSelect, Select } from "@mantine/core";
import type { RunRecord } from "../../../domain/run/types.ts";
import { notComparable } from "../../../app/comparison/config.ts";
import { percent } from "../../charts/index.ts";

/** The figure first: what tells runs apart must not be cut off. */
const named = (run: RunRecord) => `${run.tuned ? `${percent(run.tuned.metrics["recall@10"])} · ` : ""}${run.name}`;

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
    <Group align="flex-end" gap="sm" grow preventGrowOverflow={false}>
      <Select
        label="Run"
        data={scored.map((run) => ({ value: run.id, label: named(run) }))}
        value={props.main.id}
        onChange={(id) => id && props.onMain(id)}
        allowDeselect={false}
        miw={300}
        title={named(props.main)}
        comboboxProps={{ width: "max-content", position: "bottom-start" }}
      />
      <MultiSelect
        label="Other runs"
        placeholder={props.others.length ? undefined : beside.length ? "Add a run" : "No other run yet"}
        disabled={beside.length === 0}
        data={beside.map((run) => ({ value: run.id, label: named(run) }))}
        value={[...props.others]}
        onChange={props.onOthers}
        clearable
        clearButtonProps={{ "aria-label": "Remove all other runs" }}
        maxValues={5}
        miw={220}
        comboboxProps={{ width: "max-content" }}
      />
      <Select
        label="Compared with"
        data={[
          { value: "base", label: "Baseline (the untuned base)" },
          ...(props.main.bm25
            ? [
                { value: "bm25", label: "BM25" },
                { value: "hybrid-base", label: "Hybrid search with the baseline" },
              ]
            : []),
          ...comparable.map((run) => ({ value: run.id, label: run.name })),
        ]}
        value={props.pin}
        onChange={(id) => id && props.onPin(id)}
        allowDeselect={false}
        miw={220}
        comboboxProps={{ width: "max-content", position: "bottom-end" }}
      />
    </Group>
  );
};
