import { Switch, Table, Text } from "@mantine/core";
import { useState } from "react";
import { configRows } from "../../../../app/comparison/config.ts";
import { at } from "../../../../domain/present.ts";
import type { RunRecord } from "../../../../domain/run/types.ts";
import { WideTable } from "../../../components/WideTable.tsx";

/** What the runs were made with: of several only what differs. */
export const Configuration = ({ runs }: { runs: readonly RunRecord[] }) => {
  const [onlyDifferent, setOnlyDifferent] = useState(runs.length > 1);
  const rows = configRows(runs);
  const shown = rows.filter(({ differs }) => differs || !onlyDifferent || runs.length === 1);
  return (
    <>
      {runs.length > 1 && (
        <Switch
          mb="sm"
          label="Only differences"
          checked={onlyDifferent}
          onChange={(event) => setOnlyDifferent(event.currentTarget.checked)}
        />
      )}
      {shown.length === 0 ? (
        <Text c="dimmed">These runs have the same settings.</Text>
      ) : (
        <WideTable label="Settings" minWidth={420}>
          <Table className="numbers" aria-label="Settings">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Setting</Table.Th>
                {runs.map(({ id, name }) => (
                  <Table.Th scope="col" key={id}>
                    {name}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map(({ name, values, differs }) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" fw={500}>
                    {name}
                  </Table.Th>
                  {values.map((value, index) => (
                    <Table.Td key={at(runs, index).id} fw={differs && runs.length > 1 ? 600 : undefined}>
                      {value}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      )}
    </>
  );
};
