import { Center, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** Nothing here yet: what would be here, and how to get it. */
export const EmptyState = (props: { icon: Icon; title: string; children?: ReactNode; action?: ReactNode }) => (
  <Center mih={320}>
    <Stack align="center" gap="sm" maw={460}>
      <ThemeIcon variant="light" size={52} radius="lg" color="spruce">
        <props.icon size={26} stroke={1.6} aria-hidden />
      </ThemeIcon>
      <Title order={2} ta="center">
        {props.title}
      </Title>
      {props.children && (
        <Text component="div" c="dimmed" ta="center">
          {props.children}
        </Text>
      )}
      {props.action}
    </Stack>
  </Center>
);
