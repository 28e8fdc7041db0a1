import { Button, Group, MultiSelect, Select } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import type { ColumnChoice } from "../../../domain/dataset/index.ts";
import type { Dialect } from "../../../domain/dataset/types.ts";

/** Which columns hold the query, the document and hard negatives. */
export const ColumnPickers = (props: {
  dialect: Dialect;
  columns: readonly string[];
  disabled: boolean;
  onQueryOrDocument: (patch: ColumnChoice) => void;
  onNegatives: (columns: string[]) => void;
  /** Null when nothing has to be confirmed. */
  onConfirm: (() => void) | null;
}) => {
  const { disabled, onQueryOrDocument } = props;
  const { query, positive, negative } = props.dialect;
  const columns = [...props.columns];
  /** A column stands for itself alone: what was put in front of another query is left off. */
  const choose = (patch: ColumnChoice) => onQueryOrDocument({ queryInput: undefined, ...patch });
  return (
    <Group align="flex-end" gap="sm">
      <Select
        label="Query"
        w={200}
        data={columns}
        value={query}
        allowDeselect={false}
        disabled={disabled}
        onChange={(next) =>
          next && next !== query && choose(next === positive ? { query: next, positive: query } : { query: next })
        }
      />
      <Button
        variant="default"
        px="sm"
        disabled={disabled}
        aria-label="Swap query and document"
        onClick={() => choose({ query: positive, positive: query })}
      >
        <IconArrowsExchange size={18} aria-hidden />
      </Button>
      <Select
        label="Document that answers it"
        w={200}
        data={columns}
        value={positive}
        allowDeselect={false}
        disabled={disabled}
        onChange={(next) =>
          next && next !== positive && choose(next === query ? { positive: next, query: positive } : { positive: next })
        }
      />
      <MultiSelect
        label="Hard negatives"
        placeholder={negative.length > 0 ? undefined : "none"}
        miw={200}
        data={columns.filter((column) => column !== query && column !== positive)}
        value={negative}
        disabled={disabled}
        onChange={props.onNegatives}
      />
      {props.onConfirm && <Button onClick={props.onConfirm}>These columns are right</Button>}
    </Group>
  );
};
