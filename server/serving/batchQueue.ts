import type { Problem } from "../../src/domain/errors.ts";
import { at } from "../../src/domain/present.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import { BUSY, TIMEOUT } from "./queueProblems.ts";
import { Throughput } from "./throughput.ts";

/** `interactive` goes first and is bounded; `background` (ingestion) waits as long as it takes. */
export type Lane = "interactive" | "background";

export interface QueueLimits {
  /** Padded tokens in one batch. */
  batchTokens: number;
  /** Positions of a batch that hold no token. They cost as much as tokens. */
  padding: number;
  /** Sequences in one batch. */
  batchSize: number;
  /** Sequences that may wait in the interactive lane. */
  waiting: number;
  /** Tokens that may wait in the interactive lane. */
  waitingTokens: number;
  /** An interactive sequence is given up after this long. */
  timeoutMs: number;
  /** Batches under way at once. */
  inFlight: number;
}

export const DEFAULT_LIMITS: QueueLimits = {
  batchTokens: 4096,
  padding: 64, // a run more costs less
  batchSize: 64,
  waiting: 2048,
  waitingTokens: 262_144,
  timeoutMs: 60_000,
  inFlight: 1,
};

interface Entry<T> {
  sequence: T;
  lane: Lane;
  queuedAt: number;
  settle: { resolve: (vector: Float32Array) => void; reject: (reason: unknown) => void };
  done: boolean;
}

/** The sequences of one interactive call. */
interface Request<T> {
  entries: Entry<T>[];
  tokens: number;
  deadline: number;
  giveUp(reason: unknown): void;
}

/** What happened, for metrics. */
export interface QueueObserver {
  batch(size: number, tokens: number, seconds: number): void;
  refused(reason: "busy" | "too-slow" | "timeout"): void;
}

/**
 * Gathers sequences of many callers into batches for one session. Interactive sequences go before background ones; each
 * batch holds sequences of similar length, so that little is padding. Memory of attention grows with the square of the
 * length, so the square is bounded too.
 */
export class BatchQueue<T extends { readonly length: number } = Int32Array> {
  readonly #lanes: Record<Lane, Entry<T>[]> = { interactive: [], background: [] };
  /** Interactive calls under way, in the order of their arrival. */
  readonly #requests = new Set<Request<T>>();
  readonly #throughput = new Throughput();
  #running = 0;
  #inRow = 0;

  constructor(
    private readonly run: (sequences: readonly T[]) => Promise<Float32Array[]>,
    private readonly limits: QueueLimits = DEFAULT_LIMITS,
    private readonly observer: QueueObserver | null = null,
  ) {}

  /** Sequences that wait, both lanes. */
  get depth(): number {
    return this.#lanes.interactive.length + this.#lanes.background.length;
  }

  /**
   * Vectors of the sequences, in order.
   * @throws HttpProblem 413 `embedding-too-slow` naming the size that fits, when at the measured speed the work alone takes
   *   longer than a request may; 429 `embedding-busy` with `Retry-After` when too much waits; 503 `embedding-timeout` when
   *   it turns out slower than it looked; the signal's reason when it aborts
   */
  async submit(sequences: readonly T[], lane: Lane, signal?: AbortSignal): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    if (sequences.length === 0) return [];
    if (lane === "interactive") this.#admit(sequences);
    const entries: Entry<T>[] = [];
    const results = sequences.map(
      (sequence) =>
        new Promise<Float32Array>((resolve, reject) => {
          const entry = { sequence, lane, queuedAt: performance.now(), settle: { resolve, reject }, done: false };
          entries.push(entry);
          this.#lanes[lane].push(entry);
        }),
    );
    const giveUp = (reason: unknown) => {
      for (const entry of entries) {
        if (entry.done) continue;
        entry.done = true;
        entry.settle.reject(reason);
      }
      this.#lanes[lane] = this.#lanes[lane].filter((entry) => !entry.done);
    };
    const onAbort = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const request = lane === "interactive" ? this.#track(entries, giveUp) : null;
    const timer = request ? setTimeout(() => this.#tooLate(request), this.limits.timeoutMs) : undefined;
    this.#start();
    try {
      return await Promise.all(results);
    } finally {
      clearTimeout(timer);
      if (request) this.#requests.delete(request);
      signal?.removeEventListener("abort", onAbort);
      // The others of a failed request need no vector any more.
      if (entries.some(({ done }) => !done)) giveUp(new DOMException("The work was stopped.", "AbortError"));
      for (const result of results) result.catch(() => {});
    }
  }

  #admit(sequences: readonly T[]): void {
    const more = tokensOf(sequences);
    const open = [...this.#requests].reduce((sum, { entries }) => sum + tokensLeft(entries), 0);
    const speed = this.#throughput.reliable;
    if (speed !== null && more / (speed * this.#share) > this.#seconds)
      throw this.#tooSlow(sequences.length, more, speed * this.#share);
    const waiting = this.#lanes.interactive;
    const held = tokensOf(waiting.map(({ sequence }) => sequence));
    // A request that finds the lane empty is always taken, however large: it could never be taken otherwise.
    const room =
      waiting.length === 0 ||
      (waiting.length + sequences.length <= this.limits.waiting && held + more <= this.limits.waitingTokens);
    const inTime = speed === null || (open + more) / (speed * this.#share) <= this.#seconds;
    if (room && inTime) return;
    this.observer?.refused("busy");
    throw this.#refusal(429, BUSY, open);
  }

  /** Seconds of a request. */
  get #seconds(): number {
    return this.limits.timeoutMs / 1000;
  }

  /** The part of the speed that is left to the interactive lane. */
  get #share(): number {
    return this.#lanes.background.length > 0 ? INTERACTIVE_SHARE / (INTERACTIVE_SHARE + 0.5) : 1;
  }

  #track(entries: Entry<T>[], giveUp: (reason: unknown) => void): Request<T> {
    const tokens = tokensOf(entries.map(({ sequence }) => sequence));
    const request = { entries, tokens, giveUp, deadline: performance.now() + this.limits.timeoutMs };
    this.#requests.add(request);
    return request;
  }

  /** Ends requests that cannot be done in time, as soon as the measured speed tells. */
  #forecast(): void {
    const speed = this.#throughput.reliable;
    if (speed === null) return;
    const now = performance.now();
    let ahead = 0;
    for (const request of this.#requests) {
      const left = tokensLeft(request.entries);
      const needed = (ahead + left) / (speed * this.#share);
      if (needed <= FORECAST_DOUBT * ((request.deadline - now) / 1000)) ahead += left;
      else this.#tooLate(request, ahead);
    }
  }

  #tooLate(request: Request<T>, ahead = 0): void {
    const speed = this.#throughput.likely * this.#share;
    if (request.tokens / speed > this.#seconds)
      request.giveUp(this.#tooSlow(request.entries.length, request.tokens, speed));
    else {
      this.observer?.refused("timeout");
      request.giveUp(this.#refusal(503, TIMEOUT, ahead));
    }
  }

  /** Sent again it would be as large: no `Retry-After`, and a status that clients do not retry. */
  #tooSlow(texts: number, tokens: number, speed: number): HttpProblem {
    this.observer?.refused("too-slow");
    const fitting = Math.floor((texts * SAFE_SIZE * this.#seconds * speed) / tokens);
    const count = (n: number) => n.toLocaleString("en");
    return new HttpProblem(413, {
      code: "embedding-too-slow",
      message: `${count(texts)} texts of ${count(tokens)} tokens would take this server about ${count(Math.ceil(tokens / speed))} s, and a request may take ${count(this.#seconds)} s.`,
      hint:
        fitting >= 1
          ? `Send at most ${count(fitting)} texts of this length at once.`
          : `Send texts of at most ${count(Math.max(1, Math.floor(SAFE_SIZE * this.#seconds * speed)))} tokens.`,
    });
  }

  /** @param tokens  what must be done before it is worth asking again */
  #refusal(status: number, problem: Problem, tokens: number): HttpProblem {
    const seconds = Math.max(1, Math.ceil(tokens / (this.#throughput.likely * this.#share)));
    return new HttpProblem(status, problem, { "retry-after": String(seconds) });
  }

  #start(): void {
    if (this.#running >= this.limits.inFlight) return;
    this.#running += 1;
    // A turn of the event loop lets requests that arrive together share a batch.
    setImmediate(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
      const started = performance.now();
      const tokens = tokensOf(batch.map(({ sequence }) => sequence));
      try {
        const vectors = await this.run(batch.map(({ sequence }) => sequence));
        batch.forEach((entry, i) => {
          entry.done = true;
          entry.settle.resolve(at(vectors, i));
        });
      } catch (thrown) {
        for (const entry of batch) {
          entry.done = true;
          entry.settle.reject(thrown);
        }
      }
      const seconds = (performance.now() - started) / 1000;
      const { batchTokens, batchSize } = this.limits;
      const crowded = batch.length === batchSize;
      this.#throughput.note(tokens, seconds, { full: batchTokens, crowded, parallel: this.#running });
      this.#forecast();
      this.observer?.batch(batch.length, tokens, seconds);
    }
    this.#running -= 1;
  }

  #turn(): Lane {
    const { interactive, background } = this.#lanes;
    if (interactive.length === 0) return "background";
    if (background.length > 0 && this.#inRow >= INTERACTIVE_SHARE) {
      this.#inRow = 0;
      return "background";
    }
    this.#inRow = background.length > 0 ? this.#inRow + 1 : 0;
    return "interactive";
  }

  #next(): Entry<T>[] {
    const lane = this.#turn();
    const waiting = this.#lanes[lane];
    const [first] = waiting;
    if (!first) return [];
    const { batchSize, padding } = this.limits;
    const batchTokens = lane === "interactive" ? this.limits.batchTokens : this.limits.batchTokens / 2;
    const near = waiting
      .slice(0, batchSize * 4)
      .map((entry) => ({ entry, distance: Math.abs(entry.sequence.length - first.sequence.length) }))
      .sort((a, b) => a.distance - b.distance);
    const batch: Entry<T>[] = [];
    let longest = 0;
    let real = 0;
    for (const { entry } of near) {
      const [length, tokens] = [Math.max(longest, entry.sequence.length), real + entry.sequence.length];
      const padded = length * (batch.length + 1);
      const fits = padded <= batchTokens && padded - tokens <= padding && length * padded <= MAX_SQUARED;
      if (batch.length > 0 && (!fits || batch.length >= batchSize)) continue;
      longest = length;
      real = tokens;
      batch.push(entry);
    }
    const taken = new Set(batch);
    this.#lanes[lane] = waiting.filter((entry) => !taken.has(entry));
    return batch;
  }
}

const tokensOf = (sequences: readonly { readonly length: number }[]): number =>
  sequences.reduce((sum, { length }) => sum + length, 0);
const tokensLeft = <T extends { readonly length: number }>(entries: readonly Entry<T>[]): number =>
  tokensOf(entries.filter(({ done }) => !done).map(({ sequence }) => sequence));

/** How much longer than its time a request's work must seem before it is given up on a forecast. */
const FORECAST_DOUBT = 1.25;
/** The part of what would just fit that is advised. */
const SAFE_SIZE = 0.8;

/** So many interactive batches for one of the background, while both wait: searches stay quick, ingestion goes on. */
const INTERACTIVE_SHARE = 3;

/** Batch × length² of the attention scores: one text of 2048 tokens, or 64 of 256. */
const MAX_SQUARED = 2048 * 2048;
