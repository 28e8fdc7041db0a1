import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./components.module.css";

/** The frame of a screen: its one heading, what the screen is for, and its one primary action. */
export const Page = (props: {
  title: string;
  /** Right after the heading. */
  beside?: ReactNode;
  lead?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) => (
  <Stack gap="md" className={classes.page}>
    <Group justify="space-between" align="flex-start" gap="sm" wrap="wrap">
      <div className={classes.heading}>
        <Group gap="xs" wrap={props.beside ? "nowrap" : "wrap"}>
          <Title order={1}>{props.title}</Title>
          {props.beside}
        </Group>
        {props.lead && (
          <Text c="dimmed" mt={2} maw={720}>
            {props.lead}
          </Text>
        )}
      </div>
      {props.action}
    </Group>
    {props.children}
  </Stack>
);
