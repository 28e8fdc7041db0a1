import { Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useJudgements } from "../../../app/search/hooks.ts";
import { judgedPairs } from "../../../app/search/judgementsStore.ts";
import { useComparison } from "../../../app/comparison/hooks.ts";
import { counted } from "../../charts/index.ts";

/** What thumbs have said so far, as test pairs to take to Data. */
export const Judged = () => {
  const judgements = useJudgements((state) => state.judgements);
  const clear = useJudgements((state) => state.clear);
  const save = useComparison((state) => state.saveText);
  const pairs = judgedPairs(judgements);
  if (judgements.length === 0) return null;
  return (
    <Group gap="sm">
      <Text size="sm">
        {counted(judgements.length, "result")} judged, {counted(pairs.length, "test pair")} so far.
        {pairs.length === 0 && " A thumb up makes a pair of a question and a result."}
      </Text>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconDownload size={15} aria-hidden />}
        disabled={pairs.length === 0}
        onClick={() => save("playground-pairs.jsonl", pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(""))}
      >
        Download as JSONL
      </Button>
      <Button size="xs" variant="subtle" onClick={clear}>
        Clear
      </Button>
    </Group>
  );
};
