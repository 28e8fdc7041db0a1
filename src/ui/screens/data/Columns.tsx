import { Alert, Button, Group, Select, Text } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import type { Dialect } from "../../../domain/dataset/types.ts";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import type { StoredDataset } from "../../../app/datasets/store.ts";
import { counted } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";

const nameOf = (dialect: Dialect): string => [dialect.query, dialect.positive, ...dialect.negative].join("/");

/** How the file was read: format and columns, which can be swapped or chosen anew. */
export const Columns = ({ dataset }: { dataset: StoredDataset }) => {
  const { chooseColumns, confirmColumns, reading } = useDatasets((state) => state);
  const { dialect, columns = [], format = "jsonl" } = dataset.parsed;
  const choose = (patch: Partial<Dialect>) => {
    const next: Dialect = { ...dialect, ...patch, guessed: false };
    next.negative = next.negative.filter((column) => column !== next.query && column !== next.positive);
    void chooseColumns({ ...next, name: nameOf(next) });
  };
  const fixed = columns.length < 2;
  const ask = dialect.guessed && !dataset.columnsConfirmed;
  return (
    <Panel
      title="Columns"
      note={`${format.toUpperCase()}, recognized as ${dialect.name}${dataset.columnsConfirmed ? ", confirmed by you" : ""}`}
    >
      {ask && (
        <Alert color="ochre" variant="light" mb="md" title="Which column is the query?">
          The names say nothing, so the first two text columns were taken. Look at the preview, then confirm or change
          them.
        </Alert>
      )}
      {fixed ? (
        <Text c="dimmed">The form of this file fixes what is query and what is document.</Text>
      ) : (
        <Group align="flex-end" gap="sm">
          <Select
            label="Query"
            w={200}
            data={columns}
            value={dialect.query}
            allowDeselect={false}
            disabled={reading !== null}
            onChange={(query) =>
              query &&
              query !== dialect.query &&
              choose(query === dialect.positive ? { query, positive: dialect.query } : { query })
            }
          />
          <Button
            variant="default"
            px="sm"
            disabled={reading !== null}
            aria-label="Swap query and document"
            onClick={() => choose({ query: dialect.positive, positive: dialect.query })}
          >
            <IconArrowsExchange size={18} aria-hidden />
          </Button>
          <Select
            label="Document that answers it"
            w={200}
            data={columns}
            value={dialect.positive}
            allowDeselect={false}
            disabled={reading !== null}
            onChange={(positive) =>
              positive &&
              positive !== dialect.positive &&
              choose(positive === dialect.query ? { positive, query: dialect.positive } : { positive })
            }
          />
          {ask && <Button onClick={() => void confirmColumns()}>These columns are right</Button>}
          {dialect.negative.length > 0 && (
            <Text size="sm" c="dimmed" pb={8}>
              {counted(dialect.negative.length, "column")} of hard negatives: {dialect.negative.join(", ")}
            </Text>
          )}
        </Group>
      )}
    </Panel>
  );
};
