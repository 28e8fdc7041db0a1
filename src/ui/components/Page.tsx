import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./components.module.css";

/** The frame of a screen: its one heading, what the screen is for, and its one primary action. */
export const Page = (props: { title: string; lead?: ReactNode; action?: ReactNode; children: ReactNode }) => (
  <Stack gap="lg" className={classes.page}>
    <Group justify="space-between" align="flex-end" gap="md" wrap="wrap">
      <div className={classes.heading}>
        <Title order={1}>{props.title}</Title>
        {props.lead && (
          <Text c="dimmed" mt={4} maw={640}>
            {props.lead}
          </Text>
        )}
      </div>
      {props.action}
    </Group>
    {props.children}
  </Stack>
);
