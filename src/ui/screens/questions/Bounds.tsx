import { Group, NumberInput, Text } from "@mantine/core";
import type { WritingForm } from "./useWritingForm.ts";

type Field = "capTokens" | "capCost" | "priceIn" | "priceOut";
const FIELDS: readonly [field: Field, label: string, width: number][] = [
  ["capTokens", "Stop after so many tokens", 210],
  ["priceIn", "Price of a million tokens read", 230],
  ["priceOut", "Price of a million tokens written", 240],
  ["capCost", "Stop at this cost", 160],
];

/** What it may take, for models that cost money or time. */
export const Bounds = ({ form, onChange }: { form: WritingForm; onChange: (patch: Partial<WritingForm>) => void }) => (
  <details>
    <summary>
      <Text span size="sm">
        Bounds and prices
      </Text>
    </summary>
    <Group gap="sm" mt="xs">
      {FIELDS.map(([field, label, width]) => (
        <NumberInput
          key={field}
          label={label}
          w={width}
          min={0}
          value={form[field]}
          onChange={(value) => onChange({ [field]: typeof value === "number" ? value : "" })}
        />
      ))}
    </Group>
  </details>
);
