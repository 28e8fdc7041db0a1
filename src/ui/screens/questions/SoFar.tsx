import { Group, Text } from "@mantine/core";
import type { WritingView } from "../../../app/questions/store.ts";
import { Figure } from "../../components/Figure.tsx";
import { counted, roughDuration, whole } from "../../components/format.ts";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";

/** What was written so far, and by it what all will take. */
export const SoFar = ({ writing }: { writing: WritingView }) => {
  const { done, total, questions, failed, skipped, firstFailure, tokens, estimate } = writing;
  return (
    <>
      <Group gap="16px 40px" align="flex-start" mt="sm">
        <Figure label="Passages" value={whole(done)} detail={`of ${whole(total)}`} />
        <Figure label="Questions" value={whole(questions)} />
        <Figure label="Nothing to ask" value={whole(skipped)} />
        <Figure label="Failed" value={whole(failed)} tone={failed > 0 ? "bad" : "plain"} />
        {tokens > 0 && <Figure label="Tokens" value={whole(tokens)} />}
      </Group>
      {estimate && done < total && (
        <Text role="status">
          By these, all {counted(total, "passage")} take about {whole(estimate.tokens)} tokens and{" "}
          {roughDuration(estimate.seconds)}
          {estimate.cost !== null && `, and cost about ${estimate.cost.toFixed(2)} at your prices`}.
        </Text>
      )}
      {firstFailure && (
        <ProblemPanel
          tone="ochre"
          problem={firstFailure}
          kept={`${counted(failed, "passage")} failed. Write the rest asks them again.`}
        />
      )}
    </>
  );
};
