import { StudioError, toProblem } from "../../domain/errors.ts";
import {
  evaluateReranked,
  RERANK_LABELS,
  rerankCandidates,
  rerankLatency,
  rerankTexts,
  type RerankCandidates,
  type Reranked,
  type RerankScores,
} from "../../domain/evaluation/index.ts";
import { at } from "../../domain/present.ts";
import type { WholeRun } from "../../domain/run/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { Pipeline } from "./pipeline.ts";

/** The server's reranker. */
export interface RerankClient {
  /** Scores in the order of questions and texts. @throws StudioError of the server; the signal's reason */
  score(
    questions: readonly { query: string; texts: readonly string[] }[],
    signal: AbortSignal,
  ): Promise<{ model: string; scores: number[][]; seconds: number[] }>;
}

export interface RerankPorts {
  data: Pick<DataService, "documents">;
  reranker: RerankClient;
  /** Waits; rejects with the signal's reason. */
  wait: (seconds: number, signal: AbortSignal) => Promise<void>;
}

/** Questions of one request, and requests under way at once. */
const QUESTIONS = 4;
const AT_ONCE = 2;
/** What passes is asked again so often, after pauses that double. */
const TRIES = 6;
const FIRST_PAUSE = 1;
const PASSING = new Set(["rerank-busy", "rerank-overloaded", "rate-limited"]);

/**
 * Has the server's reranker judge the first `depth` passages of hybrid search with either model of a run.
 *
 * @throws StudioError the server's; the signal's reason
 */
export const rerankRun = async (
  run: WholeRun,
  pipeline: Pipeline,
  depth: number,
  ports: RerankPorts,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Reranked> => {
  const candidates = rerankCandidates([pipeline.baseline, pipeline.tuned], depth);
  const batches = Array.from({ length: Math.ceil(candidates.length / QUESTIONS) }, (_, i) =>
    candidates.slice(i * QUESTIONS, (i + 1) * QUESTIONS),
  );
  const judged: RerankScores[] = [];
  let model = "";
  const work = async (): Promise<void> => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const answer = await judge(run, batch, ports, signal).catch((thrown: unknown) => {
        batches.length = 0; // What failed once is not asked for again beside it.
        throw thrown;
      });
      model = answer.model;
      judged.push(...batch.map((one, i) => ({ ...one, scores: at(answer.scores, i), seconds: at(answer.seconds, i) })));
      onProgress(judged.length, candidates.length);
    }
  };
  onProgress(0, candidates.length);
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const { queries, splitHash, test } = run;
  const evaluate = (which: keyof Pipeline, label: string) => {
    const { taskHash, measuredOn } = pipeline[which];
    const task = {
      queries,
      corpus: { length: test.documents },
      splitHash,
      taskHash,
      ...(measuredOn && { measuredOn }),
    };
    return evaluateReranked(task, pipeline[which], judged, depth, label);
  };
  return {
    model,
    depth,
    latency: rerankLatency(judged),
    baseline: evaluate("baseline", RERANK_LABELS[0]),
    tuned: evaluate("tuned", RERANK_LABELS[1]),
  };
};

const judge = async (
  run: WholeRun,
  batch: readonly RerankCandidates[],
  { data, reranker, wait }: RerankPorts,
  signal: AbortSignal,
): ReturnType<RerankClient["score"]> => {
  const places = [...new Set(batch.flatMap(({ documents }) => documents))];
  const read = await data.documents(run.id, places);
  const text = new Map(places.map((place, i) => [place, at(read, i)]));
  const questions = batch.map(({ query, documents }) =>
    rerankTexts(
      at(run.queries, query).text,
      documents.map((place) => text.get(place) ?? ""),
    ),
  );
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      const answer = await reranker.score(questions, signal);
      if (answer.scores.every((scores, i) => scores.length === questions[i]?.texts.length)) return answer;
      throw new StudioError("rerank-invalid", "The server did not give one score for each passage.", "Update it.");
    } catch (thrown) {
      if (attempt === TRIES || !PASSING.has(toProblem(thrown).code)) throw thrown;
      await wait(FIRST_PAUSE * 2 ** (attempt - 1), signal);
    }
  }
};
