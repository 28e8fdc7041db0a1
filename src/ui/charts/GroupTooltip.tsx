import { Group, Paper, Text } from "@mantine/core";
import { Swatch } from "./ChartFrame.tsx";
import type { ModelValues } from "./groups.ts";

/** All models' values of one category, with their intervals. */
export function GroupTooltip({
  models,
  category,
  format,
}: {
  models: readonly ModelValues[];
  category: string;
  format: (value: number) => string;
}) {
  return (
    <Paper withBorder shadow="sm" p={8} radius="sm">
      <Text size="xs" fw={600}>
        {category}
      </Text>
      {models.map(({ id, label, look, values }) => {
        const found = values.find(({ name }) => name === category);
        return found ? (
          <Group key={id} gap={8} justify="space-between" wrap="nowrap">
            <Group gap={6} wrap="nowrap">
              <Swatch look={look} />
              <Text size="xs">{label}</Text>
            </Group>
            <Text size="xs" ff="monospace">
              {format(found.value)}
              {found.interval && ` (${format(found.interval[0])} to ${format(found.interval[1])})`}
            </Text>
          </Group>
        ) : null;
      })}
    </Paper>
  );
}
