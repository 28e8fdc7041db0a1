import { Histogram } from "prom-client";
import type { HealthCheck, SearchHit } from "../../src/domain/api/index.ts";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { at } from "../../src/domain/present.ts";
import { rerankOrder } from "../../src/domain/rerank/order.ts";
import type { Reranker } from "../../src/domain/rerank/types.ts";
import type { Config } from "../config/config.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Requests under way at once; what comes beyond them is answered unreranked, or told to wait. */
const AT_ONCE = 16;

/** A list after it was, or should have been, reranked. */
export interface RerankedList {
  hits: SearchHit[];
  reranked: boolean;
  /** In one sentence: why it was reranked, or why not. */
  reason: string;
  /** Of the failure that left the list as it was. */
  code: string | null;
  seconds: number;
}

type Settings = Pick<NonNullable<Config["rerank"]>, "top" | "timeoutMs" | "byDefault">;

/** The reranker of this server with its limits. What fails there costs a search its reranking, never its answer. */
export class Reranking {
  #underWay = 0;
  #last: HealthCheck | null = null;
  readonly #seconds: Histogram<"outcome">;

  constructor(
    private readonly reranker: Reranker,
    readonly settings: Settings,
    { registry }: Pick<Metrics, "registry">,
  ) {
    this.#seconds = new Histogram({
      name: "recall_studio_rerank_seconds",
      help: "Duration of requests to the reranker, by outcome.",
      labelNames: ["outcome"],
      buckets: [0.01, 0.05, 0.2, 1, 5, 30],
      registers: [registry],
    });
  }

  get name(): string {
    return this.reranker.name;
  }

  /** How the last request went. */
  get health(): HealthCheck {
    return this.#last ?? { status: "ok", message: `The reranker (${this.name}) was not asked yet.` };
  }

  /** Sets what health says until the next request: how a model that is loaded in the background comes on. */
  say(check: HealthCheck): void {
    this.#last = check;
  }

  /**
   * One score a text. @throws StudioError `rerank-timeout`, `rerank-overloaded`, and what the reranker throws; the signal's reason
   */
  async score(query: string, texts: readonly string[], signal: AbortSignal, limitMs: number): Promise<number[]> {
    if (this.#underWay >= AT_ONCE) throw overloaded();
    const late = AbortSignal.timeout(limitMs);
    const began = performance.now();
    this.#underWay++;
    try {
      const within = AbortSignal.any([signal, late]);
      const scores = await Promise.race([this.reranker.score(query, texts, within), rejection(within)]);
      if (scores.length !== texts.length || !scores.every(Number.isFinite)) throw unusable();
      const seconds = (performance.now() - began) / 1000;
      this.#seconds.observe({ outcome: "ok" }, seconds);
      const message = `The reranker (${this.name}) scored ${texts.length} passages in ${Math.round(seconds * 1000)} ms.`;
      this.#last = { status: "ok", message };
      return scores;
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = late.aborted ? tooLate(limitMs) : thrown;
      this.#seconds.observe({ outcome: "failed" }, (performance.now() - began) / 1000);
      this.#last = { status: "degraded", message: `${toProblem(failure).message} Searches are answered unreranked.` };
      throw failure;
    } finally {
      this.#underWay--;
    }
  }

  /**
   * The first hits in the order of their scores, the others behind them as they were, cut to `k`. Equal scores keep their order.
   *
   * @throws the signal's reason, and nothing else
   */
  async order(
    question: string,
    hits: readonly SearchHit[],
    k: number,
    why: string,
    signal: AbortSignal,
  ): Promise<RerankedList> {
    const began = performance.now();
    const { top, timeoutMs } = this.settings;
    const first = hits.slice(0, top);
    const seconds = () => (performance.now() - began) / 1000;
    if (first.length === 0) return { hits: [], reranked: false, reason: "Nothing was found.", code: null, seconds: 0 };
    try {
      const scores = await this.score(
        question,
        first.map(({ text }) => text),
        signal,
        timeoutMs,
      );
      const ordered = rerankOrder(scores).map((place) => ({
        ...at(first, place),
        rerank: { score: at(scores, place), before: place + 1 },
      }));
      const all = [...ordered, ...hits.slice(top)].slice(0, k).map((hit, i) => ({ ...hit, rank: i + 1 }));
      return { hits: all, reranked: true, reason: why, code: null, seconds: seconds() };
    } catch (thrown) {
      signal.throwIfAborted();
      const { code, message } = toProblem(thrown);
      const reason = code === "unexpected" ? "The reranker failed." : message;
      return { hits: hits.slice(0, k), reranked: false, reason, code, seconds: seconds() };
    }
  }
}

const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));

const tooLate = (ms: number): StudioError =>
  new StudioError(
    "rerank-timeout",
    `The reranker gave no answer within ${ms / 1000} s.`,
    "Raise RERANK_TIMEOUT_MS, lower RERANK_TOP, or give it a faster machine.",
  );

const overloaded = (): StudioError =>
  new StudioError("rerank-overloaded", "Too many requests wait for the reranker.", "Ask again in a moment.");

const unusable = (): StudioError =>
  new StudioError(
    "rerank-invalid",
    "The reranker did not give one finite score for each passage.",
    "Check that the model is a cross-encoder with one output.",
  );
