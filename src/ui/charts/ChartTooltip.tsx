import { Group, Paper, Text } from "@mantine/core";
import type { TooltipContentProps } from "recharts";

interface ChartTooltipProps extends Partial<TooltipContentProps> {
  xLabel?: string;
  format: (value: number) => string;
}

/** The figures under the shared cursor. */
export function ChartTooltip({ active, payload, label, xLabel, format }: ChartTooltipProps) {
  if (!active || !payload?.length) return null;
  return (
    <Paper withBorder shadow="sm" p={8} radius="sm">
      <Text size="xs" fw={600}>
        {xLabel ? `${xLabel} ${label}` : label}
      </Text>
      {payload.map((entry) => (
        <Group key={String(entry.dataKey)} gap={8} justify="space-between" wrap="nowrap">
          <Text size="xs">{entry.name}</Text>
          <Text size="xs" ff="monospace">
            {format(Number(entry.value))}
          </Text>
        </Group>
      ))}
    </Paper>
  );
}
