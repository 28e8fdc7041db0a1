import { Collapse, Group, Table, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import type { SelfTestReport } from "../../../../domain/training/types.ts";
import { compact } from "../../../components/format.ts";
import { ColumnHeads } from "../../../components/ColumnHeads.tsx";

/** The parity check on this device: one line, the figures on request. */
export const SelfTest = ({ report }: { report: SelfTestReport }) => {
  const [open, { toggle }] = useDisclosure(false);
  const failed = report.checks.filter(({ passed }) => !passed).length;
  return (
    <div>
      <UnstyledButton onClick={toggle} aria-expanded={open}>
        <Group gap={6}>
          {report.passed ? (
            <IconCircleCheck size={18} color="var(--good)" aria-hidden />
          ) : (
            <IconCircleX size={18} color="var(--bad)" aria-hidden />
          )}
          <Text size="sm">
            {report.passed
              ? `Self-test passed: ${report.checks.length} checks agree with the reference`
              : `Self-test failed: ${failed} of ${report.checks.length} checks differ from the reference`}{" "}
            ({report.seconds.toFixed(1)} s)
          </Text>
          <IconChevronDown size={15} aria-hidden style={{ rotate: open ? "180deg" : undefined }} />
        </Group>
      </UnstyledButton>
      <Collapse expanded={open}>
        <Table mt="xs" fz="sm" tabularNums>
          <ColumnHeads names={["Check", "Error", "Allowed", "Result"]} />
          <Table.Tbody>
            {report.checks.map((check) => (
              <Table.Tr key={check.name}>
                <Table.Td>{check.name}</Table.Td>
                <Table.Td>{compact(check.error)}</Table.Td>
                <Table.Td>{compact(check.tolerance)}</Table.Td>
                <Table.Td>{check.passed ? "passed" : "failed"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Collapse>
    </div>
  );
};
