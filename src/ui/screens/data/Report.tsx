import { Group } from "@mantine/core";
import { badLinesOf, rowsOf, useDatasets, type StoredDataset } from "../../../state/datasets.ts";
import { Figure } from "../../components/Figure.tsx";
import { bytes, whole } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";

/** The file in figures. */
const Counts = ({ dataset }: { dataset: StoredDataset }) => {
  const { rows, corpus } = rowsOf(dataset);
  const documents = new Set(rows.flatMap(({ positives, negatives }) => [...positives, ...negatives]));
  const bad = badLinesOf(dataset).length;
  return (
    <Group gap={40} align="flex-start">
      <Figure label="Good rows" value={whole(rows.length)} tone={rows.length > 0 ? "good" : "bad"} />
      <Figure label="Bad lines" value={whole(bad)} tone={bad > 0 ? "bad" : "plain"} />
      <Figure label="Different queries" value={whole(new Set(rows.map(({ query }) => query)).size)} />
      <Figure
        label="Different documents"
        value={whole(documents.size)}
        detail={corpus.length > 0 && `and ${whole(corpus.length)} of a corpus`}
      />
      <Figure
        label="File"
        value={bytes(dataset.parsed.bytes)}
        detail={dataset.parsed.blankLines > 0 && `${whole(dataset.parsed.blankLines)} blank lines`}
      />
    </Group>
  );
};

/** What the file holds and what is noteworthy about it, in plain words. */
export const Report = ({ dataset }: { dataset: StoredDataset }) => {
  const { reportProblem } = useDatasets((state) => state);
  return (
    <Panel title="Report">
      <Counts dataset={dataset} />
      {reportProblem && <ProblemPanel problem={reportProblem} />}
    </Panel>
  );
};
