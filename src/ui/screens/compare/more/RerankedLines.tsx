import { Button, Stack, Text } from "@mantine/core";
import { IconArrowsSort } from "@tabler/icons-react";
import { useEffect } from "react";
import { useComparison, useReranks } from "../../../../app/comparison/hooks.ts";
import { comparisonKey, pipelineKey } from "../../../../app/comparison/store.ts";
import { useServer } from "../../../../app/settings/hooks.ts";
import { headlineOf, latencySentence, verdictSentence, type Reranked } from "../../../../domain/evaluation/index.ts";
import type { RetrievalEvaluation } from "../../../../domain/evaluation/types.ts";
import type { WholeRun } from "../../../../domain/run/types.ts";
import { counted, whole } from "../../../charts/index.ts";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { Term } from "../../../components/Term.tsx";
import { Underway } from "../../../components/Underway.tsx";

/** Hybrid search with the server's reranker behind it, as two more lines. */
export const RerankedLines = ({ run }: { run: WholeRun }) => {
  const reranker = useServer((state) => state.status?.rerank ?? null);
  const pipeline = useComparison((state) => state.pipelines[pipelineKey(run)]);
  const state = useReranks(({ working }) => working[run.id]);
  const rerank = useReranks((store) => store.rerank);
  const stop = useReranks((store) => store.stop);
  const { reranked } = run;
  if (state?.status === "working")
    return (
      <Underway
        label={`Reranking: ${whole(state.done)} of ${counted(state.total, "question")}`}
        progress={state}
        onStop={stop}
      />
    );
  return (
    <Stack gap="sm" align="flex-start">
      {!reranked && reranker && (
        <Text c="dimmed" maw={680}>
          What <Term of="reranking">a reranker</Term> makes of hybrid search with either model. The server&apos;s (
          {reranker.model}) reads the first {reranker.top} passages of each of {counted(run.queries.length, "question")}
          ; they are sent to it.
        </Text>
      )}
      {reranked && pipeline && <Found run={run} reranked={reranked} hybrid={pipeline.tuned} />}
      {state?.status === "failed" && <ProblemPanel problem={state.problem} tone="ochre" />}
      {reranker && pipeline && (
        <Button
          variant="default"
          leftSection={<IconArrowsSort size={17} aria-hidden />}
          onClick={() => void rerank(run, pipeline, reranker.top)}
        >
          {reranked ? "Rerank again" : `Rerank ${counted(run.queries.length, "question")}`}
        </Button>
      )}
    </Stack>
  );
};

/** Whether there is a reranker, or were one's lines; a few words on it then. */
export const useRerankNote = (run: WholeRun): string | null => {
  const reranker = useServer((state) => state.status?.rerank ?? null);
  if (run.reranked) return `the first ${run.reranked.depth} of hybrid search by ${run.reranked.model}`;
  return reranker && run.bm25 ? `the server has ${reranker.model}` : null;
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
      />
      <Sentence
        run={run}
        before={baseline}
        after={tuned}
        names={{ model: "the tuned model behind the reranker", reference: "the baseline behind it" }}
      />
      <Text size="sm" c="dimmed">
        The first {depth} passages of hybrid search were put in order by {model}. {latencySentence(latency)}
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
  if (compared?.status === "failed") return <ProblemPanel problem={compared.problem} tone="ochre" />;
  return headline ? <Text>{verdictSentence(headline, names)}</Text> : <Text c="dimmed">Computing the difference</Text>;
};
