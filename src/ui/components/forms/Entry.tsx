import { Text } from "@mantine/core";

/** A line of the menu with what it is for below it. */
export const Entry = ({ label, loadedBy }: { label: string; loadedBy: string }) => (
  <>
    <Text size="sm">{label}</Text>
    <Text size="xs" c="dimmed">
      {loadedBy}
    </Text>
  </>
);
