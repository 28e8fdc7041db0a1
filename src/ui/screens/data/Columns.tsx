import { Alert, Text } from "@mantine/core";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import type { DatasetView } from "../../../app/datasets/store.ts";
import { pick } from "../../../app/pick.ts";
import { choiceOf, openDoubts, type ColumnChoice } from "../../../domain/dataset/index.ts";
import type { ColumnDoubt } from "../../../domain/dataset/types.ts";
import { Panel } from "../../components/Panel.tsx";
import { ColumnPickers } from "./ColumnPickers.tsx";
import { ColumnUses } from "./ColumnUses.tsx";
import { ScorePicker } from "./ScorePicker.tsx";

const QUESTIONS: Record<Exclude<ColumnDoubt, "score">, [title: string, about: string]> = {
  names: [
    "Which column is the query?",
    "The names do not tell, so the most likely text columns were chosen. Check the preview, then confirm or change them.",
  ],
  documents: [
    "Which column is the document?",
    "Several columns could be the document a search should find. Check the preview, then confirm or change it.",
  ],
  ids: [
    "Are these texts?",
    "The query or the document looks like ids. A model learns from texts; choose the columns that hold them.",
  ],
};

/** How the file was read: format, columns and scores, each of which can be chosen anew. */
export const Columns = ({ dataset }: { dataset: DatasetView }) => {
  const { chooseColumns, confirmColumns } = useDatasets(pick("chooseColumns", "confirmColumns"));
  const reading = useDatasets((state) => state.reading !== null);
  const { dialect, columns = [], format = "jsonl" } = dataset.file;
  if (columns.length === 0 && dataset.summary.rows === 0) return null;
  const doubt = openDoubts(dialect, dataset.columnsConfirmed).find((one) => one !== "score");
  const chosen = choiceOf(dialect);
  const choose = (patch: ColumnChoice) => {
    const next = { ...chosen, ...patch };
    const taken = [next.query, next.positive];
    void chooseColumns({ ...next, negative: next.negative?.filter((column) => !taken.includes(column)) }, true);
  };
  /** Negatives and scores leave a question about query and document open. */
  const chooseBeside = (patch: ColumnChoice) => {
    const { negative, score } = chosen;
    void chooseColumns({ ...(doubt === undefined ? chosen : { negative, score }), ...patch }, dataset.columnsConfirmed);
  };
  return (
    <Panel
      title="Columns"
      note={`${format.toUpperCase()}, recognized as ${dialect.name}${dataset.columnsConfirmed ? ", confirmed by you" : ""}`}
    >
      {doubt && (
        <Alert color="ochre" variant="light" mb="md" title={QUESTIONS[doubt][0]}>
          {QUESTIONS[doubt][1]}
        </Alert>
      )}
      {columns.length < 2 ? (
        <Text c="dimmed">This file format already says what is query and what is document.</Text>
      ) : (
        <>
          <ColumnPickers
            dialect={dialect}
            columns={columns}
            disabled={reading}
            onQueryOrDocument={choose}
            onNegatives={(negative) => chooseBeside({ negative })}
            onConfirm={doubt ? () => void confirmColumns() : null}
          />
          <ScorePicker file={dataset.file} disabled={reading} onChoose={chooseBeside} />
        </>
      )}
      <ColumnUses file={dataset.file} />
    </Panel>
  );
};
