import { Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useJudgements } from "../../../app/search/hooks.ts";
import { judgedPairs } from "../../../app/search/judgementsStore.ts";
import { useComparison } from "../../../app/comparison/hooks.ts";
import { useServer } from "../../../app/settings/hooks.ts";
import { judgedWords } from "./thumbWords.ts";

/** What thumbs have said so far, as test pairs to take to Data. */
export const Judged = () => {
  const judgements = useJudgements((state) => state.judgements);
  const clear = useJudgements((state) => state.clear);
  const save = useComparison((state) => state.saveText);
  const taken = useServer((state) => state.status?.feedback?.keepsText ?? false);
  const pairs = judgedPairs(judgements);
  if (judgements.length === 0) return null;
  return (
    <Group gap="sm">
      <Text size="sm">{judgedWords(judgements.length, pairs.length, taken)}</Text>
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
