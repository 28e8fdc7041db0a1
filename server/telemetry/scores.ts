import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { sha256 } from "../lib/hash.ts";
import { ask, outcomeOf, parsed, UNREACHABLE, type Upstream } from "./deliver.ts";
import { type Delivery, Outbox, type OutboxOptions, type Parcel } from "./outbox.ts";

const SCORES_PATH = "/api/public/scores";
const INGESTION_PATH = "/api/public/ingestion";

/** A batch stays far below the 4.5 MB that `/api/public/ingestion` takes. */
const SCORES_A_PARCEL = 500;

/** A score of a trace, of a span in it, or of an experiment as a whole, as Langfuse's public API takes it. */
export type Score = {
  id: string;
  name: string;
  value: number | string;
  dataType: "NUMERIC" | "CATEGORICAL";
  environment: string;
  /** ISO 8601; Langfuse tells scores apart by it as well, so that of a score sent again must be the same. */
  timestamp: string;
} & ({ traceId: string; observationId: string } | { datasetRunId: string });

export interface ScoreQueueOptions extends Pick<OutboxOptions, "folder" | "maxBytes" | "backoff" | "onDrop"> {
  upstream: Upstream;
  /** Spans on their way go first: scores wait until none is left. */
  spans: Pick<Outbox, "whenEmpty">;
  /** Shortest time between two requests, in milliseconds. */
  paceMs: number;
}

/** What `/api/public/ingestion` says of each event (207). */
const answerSchema = z.object({ errors: z.array(z.object({ status: z.number() })) });

const parcelOf = (scores: readonly Score[]): Parcel => ({
  path: INGESTION_PATH,
  method: "POST",
  body: scores,
  items: scores.length,
});

const halves = ({ body, items }: Parcel): [Parcel, Parcel] | null => {
  const scores = body as Score[];
  const middle = Math.ceil(items / 2);
  return items < 2 ? null : [parcelOf(scores.slice(0, middle)), parcelOf(scores.slice(middle))];
};

/** An event for each score. Its id follows from the content: sent twice, it is one. */
const eventsOf = (scores: readonly Score[]) =>
  scores.map(({ timestamp, ...body }) => ({
    id: sha256(JSON.stringify(body)).slice(0, 32),
    type: "score-create",
    timestamp,
    body,
  }));

/**
 * Scores on their way to Langfuse, in a queue of their own: an evaluation has thousands, and the smallest plan takes 30
 * requests a minute. They go in batches where the server takes them, else one by one, in either case at a steady pace that
 * leaves room for spans.
 */
export class ScoreQueue {
  /** Whether batches are refused here. */
  private single = false;
  private nextAt = 0;
  private outbox!: Outbox;

  private constructor(private readonly options: ScoreQueueOptions) {}

  static async open(options: ScoreQueueOptions): Promise<ScoreQueue> {
    const queue = new ScoreQueue(options);
    const { folder, maxBytes, backoff, onDrop } = options;
    const deliver = (parcel: Parcel, signal: AbortSignal) => queue.deliver(parcel.body as Score[], signal);
    queue.outbox = await Outbox.open({ folder, maxBytes, backoff, onDrop, split: halves, deliver });
    return queue;
  }

  /** Queues scores; resolves when they are safe on disk. */
  async put(scores: readonly Score[]): Promise<void> {
    for (let i = 0; i < scores.length; i += SCORES_A_PARCEL)
      await this.outbox.put(parcelOf(scores.slice(i, i + SCORES_A_PARCEL)));
  }

  status = () => this.outbox.status();
  drain = (milliseconds: number) => this.outbox.drain(milliseconds);
  close = () => this.outbox.close();

  private async deliver(scores: readonly Score[], signal: AbortSignal): Promise<Delivery> {
    const [only, ...others] = scores;
    if (this.single && others.length > 0) return { kind: "split", error: null };
    const early = this.nextAt - Date.now();
    if (early > 0) await sleep(early, undefined, { signal }).catch(() => {});
    await this.options.spans.whenEmpty(signal);
    this.nextAt = Date.now() + this.options.paceMs;
    if (!this.single) {
      const delivery = await this.postBatch(scores, signal);
      if (delivery) return delivery;
      this.single = true;
    }
    return only && others.length === 0 ? this.post(only, signal) : { kind: "split", error: null };
  }

  /** Null when batches, or at least this one as a whole, are refused. */
  private async postBatch(scores: readonly Score[], signal: AbortSignal): Promise<Delivery | null> {
    const body = { batch: eventsOf(scores) };
    const answer = await ask(this.options.upstream, { path: INGESTION_PATH, method: "POST", body }, signal);
    if (!answer) return UNREACHABLE;
    const { response, text } = answer;
    if ([404, 405, 410].includes(response.status)) return null;
    if (!response.ok) return outcomeOf(response);
    const errors = parsed(answerSchema, text)?.errors ?? [];
    if (errors.some(({ status }) => status >= 500 || status === 429))
      return { kind: "retry", afterMs: null, error: "http-207" };
    const [first] = errors;
    if (!first) return { kind: "delivered" };
    // Nothing was taken: either all of them are wrong, or events of this kind. Single posts tell.
    if (errors.length >= scores.length) return null;
    return { kind: "delivered", refused: { items: errors.length, error: `http-${first.status}` } };
  }

  private async post({ timestamp: _, ...body }: Score, signal: AbortSignal): Promise<Delivery> {
    const answer = await ask(this.options.upstream, { path: SCORES_PATH, method: "POST", body }, signal);
    if (!answer) return UNREACHABLE;
    // So it was this score: the batch may have been refused for its like alone.
    if (answer.response.status === 400) this.single = false;
    return outcomeOf(answer.response);
  }
}
