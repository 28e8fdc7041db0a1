import { Button, Group, Progress, Text } from "@mantine/core";

/** Work that takes a while: what is done, how far it is, and a stop. */
export const Underway = (props: {
  label: string;
  progress: { done: number; total: number } | null;
  onStop: () => void;
}) => {
  const { label, progress } = props;
  const share = progress && progress.total > 0 ? (100 * progress.done) / progress.total : 0;
  return (
    <Group gap="md" wrap="nowrap" align="center">
      <div style={{ flex: 1, maxWidth: 520 }}>
        <Text size="sm" mb={6} role="status">
          {label}
        </Text>
        <Progress.Root size="sm">
          <Progress.Section value={share} aria-label={label} />
        </Progress.Root>
      </div>
      <Button variant="default" size="xs" onClick={props.onStop}>
        Stop
      </Button>
    </Group>
  );
};
