import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { changesCsv, metricsCsv, metricsJson, rankChanges } from "../../../domain/evaluation/index.ts";
import type { Comparison } from "../../../domain/evaluation/types.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { useComparison } from "../../../app/comparison/hooks.ts";
import { useRankingFile, useTaskFile } from "../../../app/runs/hooks.ts";
import { notifyProblem } from "../../components/notify.ts";
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
  const saveTaskFile = useTaskFile();
  const saveRanking = useRankingFile();
  const saveTask = (form: Parameters<typeof saveTaskFile>[1], as: string) =>
    saveTaskFile(run.id, form, as).catch(notifyProblem);
  const name = fileName(run.name);
  const evaluations = props.models.map(({ id, label, evaluation, compared }) => ({
    ...evaluation,
    ...(compared?.status === "done" && { intervals: compared.intervals }),
    label: id === "bm25" || /^(hybrid|reranked)-/.test(id) ? evaluation.label : label,
  }));
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          Export
        </Button>
      </Menu.Target>
      {/* Each line has an item: what does not fit is reached by scrolling inside. */}
      <Menu.Dropdown mah="min(26rem, 60vh)" style={{ overflowY: "auto" }}>
        <Menu.Label>Figures, without texts</Menu.Label>
        <Menu.Item onClick={() => save(`${name}-metrics.csv`, metricsCsv(evaluations, comparisons))}>
          Metrics as CSV
        </Menu.Item>
        <Menu.Item onClick={() => save(`${name}-metrics.json`, metricsJson(evaluations, comparisons))}>
          Metrics as JSON (sentence-transformers' names)
        </Menu.Item>
        {props.models
          .filter(({ evaluation }) => !evaluation.external)
          .map((shown) => (
            <Menu.Item
              key={shown.id}
              onClick={() =>
                void saveRanking(
                  run.id,
                  { ...shown.evaluation, label: shown.label },
                  `${fileName(shown.label)}.run.trec`,
                ).catch(notifyProblem)
              }
            >
              TREC run of {shown.label}
            </Menu.Item>
          ))}
        <Menu.Item onClick={() => void saveTask("qrels", `${name}.qrels.trec`)}>TREC qrels</Menu.Item>
        <Menu.Divider />
        <Menu.Label>With your texts</Menu.Label>
        <Menu.Item
          onClick={() =>
            save(`${name}-rank-changes.csv`, changesCsv(run.queries, rankChanges(pinned.evaluation, model.evaluation)))
          }
        >
          Rank changes as CSV
        </Menu.Item>
        <Menu.Item onClick={() => void saveTask("queries", `${name}-queries.jsonl`)}>Queries by TREC id</Menu.Item>
        <Menu.Item onClick={() => void saveTask("corpus", `${name}-corpus.jsonl`)}>Documents by TREC id</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};
