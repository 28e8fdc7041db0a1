import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Experiment, ExperimentReceipt } from "../../src/domain/telemetry/experiment.ts";
import type { Config } from "../config/config.ts";
import { Datasets } from "./datasets.ts";
import { deliverOverHttp } from "./deliver.ts";
import { buildExperiment, type ParentSpan, traceOf } from "./experiments.ts";
import type { OtlpRequest } from "./otlp.ts";
import { type Delivery, Outbox, type OutboxStatus, type Parcel } from "./outbox.ts";
import { ProjectLinks } from "./project.ts";
import { sanitize } from "./sanitize.ts";
import { type Score, ScoreQueue } from "./scores.ts";
import { chunkSpans, spansParcel, splitSpans } from "./spans.ts";
import { type Origin, stamped } from "./stamp.ts";

/** Upstream's limits are not published; a few hundred spans a request stay well below what it accepts. */
const SPANS_A_PARCEL = 200;
const QUEUE_BYTES = 64 * 1024 * 1024;
/** 15 requests a minute: half of what the smallest plan allows, the other half is for spans. */
const SCORES_PACE_MS = 4000;

export interface LangfuseOptions {
  dataDir: string;
  release: string;
  maxBytes?: number;
  timeoutMs?: number;
  backoff?: { first: number; longest: number };
  /** Shortest time between two requests with scores, in milliseconds. */
  scoresPaceMs?: number;
  onDrop: (items: number, reason: string) => void;
  /** Langfuse would not keep the data set of an evaluation, whose experiments then have none. */
  onDatasetRefused?: (reason: string) => void;
}

/**
 * Langfuse behind queues on disk: spans by OTLP, scores by the public API, and whole evaluations, which become both once
 * Langfuse has a data set for them.
 */
export class Langfuse {
  private spans!: Outbox;
  private scores!: ScoreQueue;
  private experiments!: Outbox;
  private links!: ProjectLinks;

  private constructor(
    /** Where a person opens Langfuse. */
    readonly baseUrl: string,
    private readonly origin: Origin,
    private readonly onDatasetRefused: (reason: string) => void,
  ) {}

  static async open(config: NonNullable<Config["langfuse"]>, options: LangfuseOptions): Promise<Langfuse> {
    const { baseUrl, environment, publicKey } = config;
    const { release, onDrop, backoff, maxBytes = QUEUE_BYTES, onDatasetRefused = () => {} } = options;
    const credentials = Buffer.from(`${publicKey}:${config.secretKey.reveal()}`).toString("base64");
    const upstream = {
      baseUrl,
      headers: { authorization: `Basic ${credentials}`, "x-langfuse-ingestion-version": "4" },
      timeoutMs: options.timeoutMs ?? 15_000,
    };
    const root = join(options.dataDir, "outbox");
    await mkdir(root, { recursive: true });
    const common = { maxBytes, backoff, onDrop };
    const langfuse = new Langfuse(baseUrl, { environment, release }, onDatasetRefused);
    const spans = (langfuse.spans = await Outbox.open({
      ...common,
      folder: join(root, "langfuse"),
      split: splitSpans,
      deliver: deliverOverHttp(upstream),
    }));
    const paceMs = options.scoresPaceMs ?? SCORES_PACE_MS;
    const folder = join(root, "langfuse-scores");
    langfuse.scores = await ScoreQueue.open({ ...common, folder, upstream, spans, paceMs });
    const datasets = new Datasets(upstream);
    langfuse.experiments = await Outbox.open({
      ...common,
      folder: join(root, "langfuse-experiments"),
      split: () => null,
      deliver: (parcel, signal) => langfuse.unfold(parcel, datasets, signal),
    });
    const kept = { file: join(root, "langfuse-project.json"), publicKey };
    langfuse.links = await ProjectLinks.open(upstream, kept, backoff ?? { first: 1000, longest: 300_000 });
    return langfuse;
  }

  /** Queues spans; resolves when they are safe on disk. */
  async traces(request: OtlpRequest): Promise<void> {
    for (const piece of chunkSpans(stamped(request, this.origin), SPANS_A_PARCEL))
      await this.spans.put(spansParcel(piece));
  }

  /** Queues scores; resolves when they are safe on disk. */
  score(scores: readonly Score[]): Promise<void> {
    return this.scores.put(scores);
  }

  /** Queues an evaluation; resolves when it is safe on disk, before anything of it was sent. */
  async experiment(experiment: Experiment, parent: ParentSpan | null): Promise<ExperimentReceipt> {
    await this.experiments.put({ path: "experiment", method: "POST", body: { experiment, parent }, items: 1 });
    const traceId = traceOf(experiment, parent);
    return { connected: true, traceId, url: this.traceUrl(traceId) };
  }

  /** Where a person opens a trace; null until Langfuse has said once which project it is in. */
  traceUrl(traceId: string): string | null {
    return this.links.traceUrl(traceId);
  }

  /** All queues as one. An evaluation counts as one item until it has become spans and scores, which count as delivered. */
  status(): OutboxStatus {
    const [experiments, ...delivering] = [this.experiments.status(), this.spans.status(), this.scores.status()];
    const all = [experiments, ...delivering];
    const sum = (some: OutboxStatus[], key: "queued" | "delivered" | "dropped") =>
      some.reduce((total, status) => total + status[key], 0);
    const errors = all.flatMap(({ lastError }) => lastError ?? []).sort((a, b) => a.at.localeCompare(b.at));
    return {
      queued: sum(all, "queued"),
      delivered: sum(delivering, "delivered"),
      dropped: sum(all, "dropped"),
      lastError: errors.at(-1) ?? null,
    };
  }

  /** Resolves when all queues are empty or the time is over. */
  async drain(milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    for (const queue of [this.experiments, this.spans, this.scores]) await queue.drain(deadline - Date.now());
  }

  /** Stops delivering; what is queued stays on disk. */
  async close(): Promise<void> {
    await Promise.all([this.links, this.experiments, this.spans, this.scores].map((part) => part.close()));
  }

  /** An evaluation into its spans and scores. A crash between the two repeats it, with the same ids. */
  private async unfold({ body }: Parcel, datasets: Datasets, signal: AbortSignal): Promise<Delivery> {
    const { experiment, parent } = body as { experiment: Experiment; parent: ParentSpan | null };
    const dataset = await datasets.idOf(experiment, signal);
    if (dataset.kind !== "dataset" && dataset.kind !== "none") return dataset;
    if (dataset.kind === "none") this.onDatasetRefused(dataset.error);
    const { request, scores } = buildExperiment(experiment, parent, {
      datasetId: dataset.kind === "dataset" ? dataset.id : null,
      environment: this.origin.environment,
    });
    await this.traces(sanitize(request, false).request);
    await this.score(scores);
    return { kind: "delivered" };
  }
}
