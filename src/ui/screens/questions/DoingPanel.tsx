import { Button, Progress, Text } from "@mantine/core";
import { useQuestions } from "../../../app/questions/hooks.ts";
import { pick } from "../../../app/pick.ts";
import { Panel } from "../../components/Panel.tsx";
import { wordsOf } from "./doingWords.ts";

/** What is under way, how far it is, and when it will be done. */
export const DoingPanel = () => {
  const { doing, stop } = useQuestions(pick("doing", "stop"));
  if (!doing) return null;
  const { title, share, detail } = wordsOf(doing);
  return (
    <Panel
      title={title}
      actions={
        <Button variant="default" size="compact-md" onClick={stop}>
          {doing.what === "reading" ? "Cancel" : "Stop"}
        </Button>
      }
    >
      <Progress value={share === null ? 100 : 100 * share} animated={share === null} aria-label={title} />
      <Text size="sm" c="dimmed" mt="xs" className="numbers">
        {detail}
      </Text>
    </Panel>
  );
};
