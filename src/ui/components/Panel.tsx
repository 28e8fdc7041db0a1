import { Group, Paper, Text, Title, type PaperProps } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./components.module.css";

interface PanelProps extends PaperProps {
  title?: ReactNode;
  /** Beside the title, dimmed. */
  note?: ReactNode;
  /** At the right of the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A surface with a heading. */
export const Panel = ({ title, note, actions, children, ...paper }: PanelProps) => (
  <Paper component="section" className={classes.panel} {...paper}>
    {(title || actions) && (
      <Group justify="space-between" mb="md" gap="sm" wrap="wrap" align="baseline">
        <Group gap="xs" align="baseline">
          {title && <Title order={2}>{title}</Title>}
          {note && (
            <Text size="sm" c="dimmed">
              {note}
            </Text>
          )}
        </Group>
        {actions}
      </Group>
    )}
    {children}
  </Paper>
);
