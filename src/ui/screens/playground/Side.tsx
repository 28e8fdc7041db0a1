import { ActionIcon, Badge, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { SearchedModel, SearchHit, SearchMode, SearchResponse } from "../../../domain/api/index.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useFeedback } from "../../../app/imports/hooks.ts";
import { useSearch, useJudgements } from "../../../app/search/hooks.ts";
import { repeatsTitle } from "../../../app/search/documents.ts";
import { isRight } from "../../../app/search/rightDocuments.ts";
import type { SearchSide } from "../../../app/search/store.ts";
import { judgementOf } from "../../../app/search/judgementsStore.ts";
import { counted, Swatch, whole } from "../../charts/index.ts";
import { LangfuseLink } from "../../components/LangfuseLink.tsx";
import { notifyProblem } from "../../components/notify.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { nameOf, shortened } from "./names.ts";
import classes from "./playground.module.css";
import { ProblemLine } from "../../components/ProblemLine.tsx";
import { thumbTitle } from "./thumbWords.ts";

const milliseconds = (seconds: number) => `${seconds < 0.01 ? (seconds * 1000).toFixed(1) : whole(seconds * 1000)} ms`;

/** One model's answer with its scores and its time. */
export const Side = (props: {
  /** Null for a search by words, which asks no model. */
  model: SearchedModel | null;
  side: SearchSide;
  /** The side whose ranks are named beside this one's. */
  other: { name: string; response: SearchResponse | null | undefined } | null;
  q: string;
  /** Texts that the test set calls right for the question; null when it says nothing of it. */
  right: readonly string[] | null;
}) => {
  const { model, side, other, right } = props;
  const filtered = useSearch((state) => (state.asked?.filter.length ?? 0) > 0);
  const { response } = side;
  return (
    <Panel
      title={
        model === null ? (
          "By words"
        ) : (
          <Group gap="xs" component="span">
            <Swatch look={model === "baseline" ? "baseline" : "tuned"} />
            {nameOf(model)}
          </Group>
        )
      }
      note={
        model === null
          ? "words do not depend on the model: each finds the same"
          : (response?.embedder.version ?? response?.embedder.base)
      }
      aria-busy={side.status === "searching"}
    >
      {side.status === "searching" && (
        <Stack gap="xs" aria-label="Searching">
          {[1, 2, 3].map((row) => (
            <Skeleton key={row} height={64} radius="md" />
          ))}
        </Stack>
      )}
      {side.problem && (
        <ProblemPanel problem={side.problem} tone="ochre">
          {model && side.problem.code === "collection-missing" && (
            <Prepare model={model}>Embed the documents with it</Prepare>
          )}
          {model && side.problem.code === "collection-building" && (
            <Prepare model={model}>Search as soon as they are</Prepare>
          )}
        </ProblemPanel>
      )}
      {response && (
        <Stack gap="sm">
          {response.embedder.fallback && <ProblemPanel problem={response.embedder.fallback} tone="ochre" />}
          <Group gap="md">
            <Text size="sm" role="status">
              {counted(response.hits.length, "result")} in{" "}
              {milliseconds(side.embedSeconds === null ? response.seconds.total : (side.seconds ?? 0))}
            </Text>
            <Text size="sm" c="dimmed">
              {response.mode !== "keyword" && (
                <>
                  query embedded {side.embedSeconds === null ? "" : "in this page "}in{" "}
                  {milliseconds(side.embedSeconds ?? response.seconds.embed)},{" "}
                </>
              )}
              {counted(response.chunks, "chunk")} {response.exact ? "compared" : "searched by index"}{" "}
              {side.embedSeconds === null ? "" : "on the server "}in {milliseconds(response.seconds.search)}
              {response.seconds.rerank > 0 && <>, reranking took {milliseconds(response.seconds.rerank)}</>}
            </Text>
            {response.traceUrl && (
              <LangfuseLink
                url={response.traceUrl}
                of={model ? `the search with ${nameOf(model)}` : "the search by words"}
              />
            )}
          </Group>
          <Text size="xs" c="dimmed">
            {withReason(MODE_NAMES[response.mode], response.modeReason)}
            <Reranked response={response} />
          </Text>
          {right && response.hits.length > 0 && <RightPlace hits={response.hits} right={right} />}
          {response.hits.length === 0 && (
            <Text c="dimmed">
              {filtered ? "Nothing matches. The filter may leave no document: remove a condition." : "Nothing matches."}
            </Text>
          )}
          <ol className={classes.hits}>
            {response.hits.map((hit) => (
              <Hit
                key={hit.chunkId}
                hit={hit}
                mode={response.mode}
                q={props.q}
                right={right !== null && isRight(hit, right)}
                searchId={response.search_id}
                elsewhere={other?.response ? placeIn(other.response, hit) : null}
                otherName={other?.name ?? ""}
              />
            ))}
          </ol>
          {model && (
            <Text size="xs" c="dimmed" className="mono" title={response.embedder.fingerprint}>
              {response.embedder.dimension} dimensions, fingerprint {response.embedder.fingerprint.slice(0, 16)}
            </Text>
          )}
        </Stack>
      )}
    </Panel>
  );
};

/** Embeds the documents with a model that has not seen them, or waits for the job that does; then it is asked. */
const Prepare = ({ model, children }: { model: SearchedModel; children: string }) => {
  const prepare = useSearch((state) => state.prepare);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const go = () => {
    setBusy(true);
    setProblem(null);
    prepare(model)
      .catch((thrown: unknown) => setProblem(toProblem(thrown)))
      .finally(() => setBusy(false));
  };
  return (
    <Stack gap="xs" align="flex-start">
      <Button size="xs" loading={busy} onClick={go}>
        {children}
      </Button>
      <ProblemLine problem={problem} />
    </Stack>
  );
};

/** Where the right document stands, which is what the two sides are compared by. */
const RightPlace = ({ hits, right }: { hits: readonly SearchHit[]; right: readonly string[] }) => {
  const first = hits.find((hit) => isRight(hit, right));
  return (
    <Text size="sm" fw={550} c={first ? "var(--good)" : "var(--bad)"}>
      {first
        ? `The right document of your test set is at place ${first.rank}.`
        : `The right document of your test set is not among these ${hits.length}.`}
    </Text>
  );
};

const placeIn = (other: SearchResponse, hit: SearchHit): string => {
  const found = other.hits.find(({ documentId, chunk }) => documentId === hit.documentId && chunk === hit.chunk);
  return found ? String(found.rank) : `beyond ${other.hits.length}`;
};

/** What the reranker did; nothing where it was not asked for. */
const Reranked = ({ response }: { response: SearchResponse }) => {
  const asked = useSearch((state) => state.asked?.rerank);
  if (response.reranked) return <> {withReason("Reranked", response.rerankReason)}</>;
  return asked ? (
    <Text span inherit c="var(--bad)" role="alert">
      {" "}
      Not reranked. {response.rerankReason}
    </Text>
  ) : null;
};

/** The server's reason as part of a sentence, where it is none of its own. */
const withReason = (what: string, reason: string): string =>
  reason === "Asked for." ? `${what}, as asked.` : `${what}. ${reason}`;

const MODE_NAMES: Record<SearchMode, string> = { hybrid: "Hybrid search", dense: "By vectors", keyword: "By words" };

/** The hit's place by vectors and by words, with the score there. */
const Places = ({ hit, mode }: { hit: SearchHit; mode: SearchMode }) => {
  const place = (of: SearchHit["dense"], name: string, score: (value: number) => string): ReactNode => (
    <Text size="xs" c="dimmed" className="numbers">
      {name}: {of ? `${of.rank} (${score(of.score)})` : "not found"}
    </Text>
  );
  const cosine = (value: number) => `cosine ${value.toFixed(3)}`;
  return (
    <>
      {mode !== "keyword" && place(hit.dense, "vectors", cosine)}
      {mode !== "dense" && place(hit.keyword, "words", (value) => `BM25 ${value.toFixed(1)}`)}
      {hit.rerank && (
        <Text size="xs" c="dimmed" className="numbers">
          before reranking: {hit.rerank.before} (score {hit.rerank.score.toFixed(3)})
        </Text>
      )}
    </>
  );
};

const Hit = (props: {
  hit: SearchHit;
  mode: SearchMode;
  q: string;
  right: boolean;
  /** Of a search that the server keeps: a thumb is then sent to it too. */
  searchId: string | null;
  elsewhere: string | null;
  otherName: string;
}) => {
  const { hit, q, searchId } = props;
  const judged = useJudgements((state) => judgementOf(state.judgements, q, hit.text));
  const judge = useJudgements((state) => state.judge);
  const say = useFeedback((state) => state.say);
  const thumb = (answer: "right" | "wrong") => {
    judge(q, hit.text, answer);
    if (searchId === null) return;
    const said = judged === answer ? "withdrawn" : answer === "right" ? "good" : "bad";
    say(searchId, hit.chunkId, said).catch(notifyProblem);
  };
  const title = hit.title !== null && !repeatsTitle(hit.title, hit.text) ? hit.title : null;
  const name = title ?? hit.source ?? hit.title ?? shortened(hit.documentId);
  return (
    <li className={classes.hit}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
          <Text size="sm" fw={700} className="numbers">
            {hit.rank}
          </Text>
          <Title order={3} size="sm" lineClamp={1}>
            {name}
          </Title>
          {props.right && (
            <Badge variant="light" tt="none" style={{ flex: "none" }}>
              right document
            </Badge>
          )}
        </Group>
        <Group gap={2} wrap="nowrap">
          <ActionIcon
            variant={judged === "right" ? "light" : "subtle"}
            color={judged === "right" ? "spruce" : "gray"}
            size="sm"
            aria-pressed={judged === "right"}
            aria-label={`Result ${hit.rank} answers the question`}
            title={thumbTitle(true, searchId !== null)}
            onClick={() => thumb("right")}
          >
            <IconThumbUp size={15} />
          </ActionIcon>
          <ActionIcon
            variant={judged === "wrong" ? "light" : "subtle"}
            color={judged === "wrong" ? "brick" : "gray"}
            size="sm"
            aria-pressed={judged === "wrong"}
            aria-label={`Result ${hit.rank} does not answer the question`}
            title={thumbTitle(false, searchId !== null)}
            onClick={() => thumb("wrong")}
          >
            <IconThumbDown size={15} />
          </ActionIcon>
        </Group>
      </Group>
      <details>
        <summary>
          <span className={classes.clamped}>{hit.text}</span>
        </summary>
      </details>
      <Group gap="2px 16px" mt={2}>
        <Places hit={hit} mode={props.mode} />
        {props.elsewhere && (
          <Text size="xs" c="dimmed" className="numbers">
            {props.otherName}: {props.elsewhere}
          </Text>
        )}
        {Object.entries(hit.metadata).map(([key, value]) => (
          <Text key={key} size="xs" c="dimmed">
            {key}: {String(value)}
          </Text>
        ))}
      </Group>
    </li>
  );
};
