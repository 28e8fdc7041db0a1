import { Button, Group, Text } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { useMemo } from "react";
import { rankText } from "../../../app/comparison/ranks.ts";
import classes from "./playground.module.css";
import { suggested } from "./suggested.ts";
import { useTestRun } from "./useTestRun.ts";

/** Questions of the test set to try, where this browser has the run of the model in production (or the one of the address). */
export const Suggestions = ({ onAsk }: { onAsk: (question: string) => void }) => {
  const whole = useTestRun();
  const questions = useMemo(() => (whole?.status === "ready" ? suggested(whole.value) : []), [whole]);
  if (questions.length === 0) return null;
  return (
    <Group gap={6} role="group" aria-label="Questions from your test set">
      <Text size="xs" c="dimmed">
        From your test set, by vectors:
      </Text>
      {questions.map((question) => (
        <Button
          key={question.query}
          size="compact-xs"
          variant="default"
          maw={320}
          title={`Right document at place ${rankText(question)}`}
          leftSection={question.kind === "won" ? <IconSparkles size={13} aria-label="Newly found:" role="img" /> : null}
          onClick={() => onAsk(question.text)}
        >
          <span className={classes.cutLabel}>{question.text}</span>
        </Button>
      ))}
    </Group>
  );
};
