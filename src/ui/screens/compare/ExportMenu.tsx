import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import {
  changesCsv,
  metricsCsv,
  metricsJson,
  rankChanges,
  trecQrels,
  trecRun,
  trecTexts,
} from "../../../domain/evaluation/index.ts";
import type { Comparison } from "../../../domain/evaluation/types.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { useComparison } from "../../../app/comparison/hooks.ts";
import type { Shown } from "./useComparisonSet.ts";

const fileName = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "") || "model";

/** The figures for other tools. The charts have their pictures themselves. */
export const ExportMenu = (props: {
  run: WholeRun;
  pinned: Shown;
  model: Shown;
  models: readonly Shown[];
  comparisons: readonly Comparison[];
}) => {
  const { run, pinned, model, comparisons } = props;
  const save = useComparison((state) => state.saveText);
  const name = fileName(run.name);
  const evaluations = props.models.map(({ id, label, evaluation }) => ({
    ...evaluation,
    label: id === "bm25" ? id : label,
  }));
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Figures, without texts</Menu.Label>
        <Menu.Item onClick={() => save(`${name}-metrics.csv`, metricsCsv(evaluations, comparisons))}>
          Metrics as CSV
        </Menu.Item>
        <Menu.Item onClick={() => save(`${name}-metrics.json`, metricsJson(evaluations, comparisons))}>
          Metrics as JSON (sentence-transformers' names)
        </Menu.Item>
        {props.models.map((shown) => (
          <Menu.Item
            key={shown.id}
            onClick={() =>
              save(`${fileName(shown.label)}.run.trec`, trecRun({ ...shown.evaluation, label: shown.label }))
            }
          >
            TREC run of {shown.label}
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => save(`${name}.qrels.trec`, trecQrels(run.task))}>TREC qrels</Menu.Item>
        <Menu.Divider />
        <Menu.Label>With your texts</Menu.Label>
        <Menu.Item
          onClick={() =>
            save(`${name}-rank-changes.csv`, changesCsv(run.task, rankChanges(pinned.evaluation, model.evaluation)))
          }
        >
          Rank changes as CSV
        </Menu.Item>
        <Menu.Item onClick={() => save(`${name}-queries.jsonl`, trecTexts(run.task).queries)}>
          Queries by TREC id
        </Menu.Item>
        <Menu.Item onClick={() => save(`${name}-corpus.jsonl`, trecTexts(run.task).corpus)}>
          Documents by TREC id
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};
