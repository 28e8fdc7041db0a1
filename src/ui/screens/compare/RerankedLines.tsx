import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { IconArrowsSort } from "@tabler/icons-react";
import { useEffect } from "react";
import { useComparison, useReranks } from "../../../app/comparison/hooks.ts";
import { comparisonKey, pipelineKey } from "../../../app/comparison/store.ts";
import { useServer } from "../../../app/settings/hooks.ts";
import { headlineOf, latencySentence, verdictSentence, type Reranked } from "../../../domain/evaluation/index.ts";
import type { RetrievalEvaluation } from "../../../domain/evaluation/types.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { counted, whole } from "../../charts/index.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { Term } from "../../components/Term.tsx";

/** Hybrid search with the server's reranker behind it, as two more lines. Shown where there is a reranker, or were one's lines. */
export const RerankedLines = ({ run }: { run: WholeRun }) => {
  const reranker = useServer((state) => state.status?.rerank ?? null);
  const pipeline = useComparison((state) => state.pipelines[pipelineKey(run)]);
  const state = useReranks(({ working }) => working[run.id]);
  const rerank = useReranks((store) => store.rerank);
  const stop = useReranks((store) => store.stop);
  const { reranked } = run;
  if (!pipeline || (!reranker && !reranked)) return null;
  const go = reranker && (
    <Button
      variant="default"
      leftSection={<IconArrowsSort size={17} aria-hidden />}
      onClick={() => void rerank(run, pipeline, reranker.top)}
    >
      {reranked ? "Rerank again" : `Rerank the first ${reranker.top} of ${counted(run.queries.length, "question")}`}
    </Button>
  );
  return (
    <Panel>
      <details open={reranked !== undefined || state !== undefined || undefined}>
        <summary>With a reranker</summary>
        <Stack gap="sm" mt="sm" align="flex-start">
          {!reranked && (
            <Text c="dimmed" maw={680}>
              What <Term of="reranking">a reranker</Term> makes of hybrid search with either model. The server&apos;s (
              {reranker?.model}) is asked; questions and passages are sent to it.
            </Text>
          )}
          {state?.status === "working" ? (
            <Group gap="sm">
              <Progress
                w={240}
                aria-label="Progress of reranking"
                value={state.total === 0 ? 0 : (100 * state.done) / state.total}
              />
              <Text size="sm" className="numbers">
                {whole(state.done)} of {counted(state.total, "question")}
              </Text>
              <Button size="compact-sm" variant="default" onClick={stop}>
                Cancel
              </Button>
            </Group>
          ) : (
            <>
              {reranked && <Found run={run} reranked={reranked} hybrid={pipeline.tuned} />}
              {state?.status === "failed" && <ProblemPanel problem={state.problem} tone="ochre" />}
              {go}
            </>
          )}
        </Stack>
      </details>
    </Panel>
  );
};

/** What reranking adds to hybrid search, what tuning adds beyond it, and what it costs. */
const Found = ({ run, reranked, hybrid }: { run: WholeRun; reranked: Reranked; hybrid: RetrievalEvaluation }) => {
  const { model, depth, latency, baseline, tuned } = reranked;
  return (
    <Stack gap={4}>
      <Sentence
        run={run}
        before={hybrid}
        after={tuned}
        names={{ model: "reranking", reference: "hybrid search with the tuned model" }}
      />{" "}
      <Sentence
        run={run}
        before={baseline}
        after={tuned}
        names={{ model: "the tuned model behind the reranker", reference: "the baseline behind it" }}
      />{" "}
      <Text size="sm" c="dimmed">
        The first {depth} of hybrid search by {model}. {latencySentence(latency)}
      </Text>
    </Stack>
  );
};

const Sentence = (props: {
  run: WholeRun;
  before: RetrievalEvaluation;
  after: RetrievalEvaluation;
  names: { model: string; reference: string };
}) => {
  const { run, before, after, names } = props;
  const compared = useComparison((state) => state.compared[comparisonKey(run, before, after)]);
  const compare = useComparison((state) => state.compare);
  useEffect(() => void compare(run, before, after), [compare, run, before, after]);
  const headline = compared?.status === "done" ? headlineOf(compared.comparisons) : undefined;
  return headline ? <Text>{verdictSentence(headline, names)}</Text> : null;
};
