import { Text } from "@mantine/core";
import type { FileView } from "../../../app/datasets/store.ts";
import { columnLines } from "./fileWords.ts";

/** What was made of the columns that no picker shows. */
export const ColumnUses = ({ file }: { file: FileView }) =>
  columnLines(file).map((line) => (
    <Text key={line} size="sm" c="dimmed" mt="xs">
      {line}
    </Text>
  ));
