import { Select } from "@mantine/core";
import type { Slice } from "../../../domain/evaluation/index.ts";
import { whole } from "../../charts/index.ts";

const keyOf = (column: string, name: string): string => JSON.stringify([column, name]);

/** Chooses the queries of one value of a column; nothing where the data set has no such columns. */
export const KindFilter = (props: {
  groups: readonly { column: string; slices: readonly Slice[] }[];
  chosen: { by: string; name: string } | null;
  onChoose: (kind: { by: string; name: string } | null) => void;
}) => {
  const { groups, chosen, onChoose } = props;
  if (groups.length === 0) return null;
  return (
    <Select
      aria-label="Kind of question"
      placeholder="All kinds"
      w={190}
      clearable
      searchable
      value={chosen && keyOf(chosen.by, chosen.name)}
      onChange={(key) => {
        const [by = "", name = ""] = key === null ? [] : (JSON.parse(key) as [string, string]);
        onChoose(key === null ? null : { by, name });
      }}
      data={groups.map(({ column, slices }) => ({
        group: column,
        items: slices.map(({ name, queries }) => ({
          value: keyOf(column, name),
          label: `${name} (${whole(queries.length)})`,
        })),
      }))}
    />
  );
};
