import { Alert, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Children, type ReactNode } from "react";
import type { Problem } from "../../domain/errors.ts";

/** A failure: what happened, what to do, and the next step as buttons. */
export const ProblemPanel = (props: {
  problem: Problem;
  /** What is kept in spite of it. */
  kept?: ReactNode;
  children?: ReactNode;
  tone?: "brick" | "ochre";
}) => (
  <Alert
    role="alert"
    color={props.tone ?? "brick"}
    variant="light"
    icon={<IconAlertTriangle aria-hidden />}
    title={props.problem.message}
    styles={{ title: { fontSize: "var(--mantine-font-size-md)" } }}
  >
    <Text size="sm">{props.problem.hint}</Text>
    {props.kept && (
      <Text size="sm" mt={4}>
        {props.kept}
      </Text>
    )}
    <Text size="xs" c="dimmed" mt="xs" className="mono">
      Problem code: {props.problem.code}
    </Text>
    {/* Buttons that are not offered now leave no room behind. */}
    {Children.toArray(props.children).length > 0 && (
      <Group gap="sm" mt="sm">
        {props.children}
      </Group>
    )}
  </Alert>
);
