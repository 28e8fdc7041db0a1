import { expect, test } from "vitest";
import { StudioError } from "../../domain/errors.ts";
import { evaluateReranked, rerankCandidates } from "../../domain/evaluation/index.ts";
import { at, present } from "../../domain/present.ts";
import type { RunResults } from "../../domain/run/types.ts";
import { sampleRun } from "../testing/stores.ts";
import { pipelineOf } from "./pipeline.ts";
import type { RerankClient } from "./rerankRun.ts";
import { createRerankStore } from "./rerankStore.ts";

const run = sampleRun();
const pipeline = present(await pipelineOf(run), "hybrid lines");
/** Words that question and passage share, with the passage's case number as the decider. */
const score = (query: string, text: string): number =>
  query.split(/\W+/).filter((word) => text.includes(word)).length + (Number(/\d+/.exec(text)?.[0]) % 7) / 10;

const open = (answer?: RerankClient["score"]) => {
  const [asked, saved, waited]: [{ query: string; texts: readonly string[] }[][], RunResults[], number[]] = [
    [],
    [],
    [],
  ];
  let unauthorized = 0;
  const store = createRerankStore({
    data: { documents: async (_, places) => places.map((place) => at(run.task.corpus, place)) },
    reranker: {
      score: async (questions, signal) => {
        asked.push([...questions]);
        if (answer) return answer(questions, signal);
        const scores = questions.map(({ query, texts }) => texts.map((text) => score(query, text)));
        return { model: "m", scores, seconds: questions.map(() => 0.25) };
      },
    },
    wait: async (seconds) => void waited.push(seconds),
    save: async (_, results) => void saved.push(results),
    onUnauthorized: () => unauthorized++,
  });
  return { store, asked, saved, waited, unauthorized: () => unauthorized };
};
const refused = (code: string) => new StudioError(code, "No.", "Wait.");

test("both lines are made from one pass, as the server's order of them, and kept with the run's results", async () => {
  const { store, asked, saved } = open();
  const seen: unknown[] = [];
  store.subscribe(({ working }) => seen.push(working[run.id]));
  await store.getState().rerank(run, pipeline, 10);
  const { baseline, tuned, bm25, reranked } = present(saved[0], "results");
  expect([baseline, tuned, bm25]).toEqual([run.baseline, run.tuned, run.bm25]);
  expect(asked.every((questions) => questions.length <= 4)).toBe(true);
  expect(asked.flat()).toHaveLength(run.queries.length);
  const judged = rerankCandidates([pipeline.baseline, pipeline.tuned], 10).map((one) => ({
    ...one,
    scores: one.documents.map((place) => score(at(run.queries, one.query).text, at(run.task.corpus, place))),
    seconds: 0.25,
  }));
  expect(reranked).toMatchObject({ model: "m", depth: 10, latency: { p50Seconds: 0.25, p95Seconds: 0.25 } });
  for (const which of ["baseline", "tuned"] as const)
    expect(reranked?.[which].perQuery).toEqual(evaluateReranked(run.task, pipeline[which], judged, 10, "x").perQuery);
  expect(reranked?.tuned.metrics["recall@10"]).not.toBe(pipeline.tuned.metrics["mrr@10"]);
  expect(seen.slice(0, -1)).toContainEqual({ status: "working", done: run.queries.length, total: run.queries.length });
  expect(store.getState().working).toEqual({});
});

test("a busy reranker is asked again; a refusal ends it and says so, with nothing kept", async () => {
  let times = 0;
  const busy = open(async (questions) => {
    if (++times <= 2) throw refused("rerank-busy");
    return { model: "m", scores: questions.map(({ texts }) => texts.map(() => 0)), seconds: questions.map(() => 1) };
  });
  await busy.store.getState().rerank(run, pipeline, 5);
  expect([busy.waited, busy.saved.length]).toEqual([[1, 1], 1]);

  const closed = open(async () => {
    throw refused("unauthorized");
  });
  await closed.store.getState().rerank(run, pipeline, 5);
  expect(closed.store.getState().working[run.id]).toMatchObject({
    status: "failed",
    problem: { code: "unauthorized" },
  });
  expect([closed.saved, closed.asked.length, closed.unauthorized()]).toEqual([[], 2, 1]);
});

test("stopped, it keeps nothing and can be begun again", async () => {
  const held = open(
    (_, signal) => new Promise((__, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  );
  const working = held.store.getState().rerank(run, pipeline, 5);
  expect(held.store.getState().working[run.id]).toMatchObject({ status: "working", done: 0 });
  held.store.getState().stop();
  await working;
  expect([held.store.getState().working, held.saved]).toEqual([{}, []]);
});
