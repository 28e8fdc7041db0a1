import { Text, type TextProps } from "@mantine/core";
import type { Problem } from "../../domain/errors.ts";

/** A failure in one line, beside the button that met it; nothing where there is none. */
export const ProblemLine = ({ problem, ...text }: { problem: Problem | null } & TextProps) =>
  problem && (
    <Text role="alert" size="sm" c="var(--bad)" {...text}>
      {problem.message} {problem.hint}
    </Text>
  );
