import { join } from "node:path";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import type { Config } from "../config/config.ts";
import { deliverOverHttp } from "./deliver.ts";
import type { OtlpRequest } from "./otlp.ts";
import { Outbox, type Parcel } from "./outbox.ts";

/** Upstream's limits are not published; a few hundred spans a request stay well below what it accepts. */
const SPANS_A_PARCEL = 200;
const TRACES_PATH = "/api/public/otel/v1/traces";
const SCORES_PATH = "/api/public/scores";

/** A score of a trace, as `POST /api/public/scores` takes it. */
export interface Score {
  id: string;
  traceId: string;
  name: string;
  value: number | string;
  dataType: "NUMERIC" | "CATEGORICAL";
}

/** What every span and score says of where it comes from. */
interface Origin {
  /** `LANGFUSE_TRACING_ENVIRONMENT` */
  environment: string;
  /** The studio's version. */
  release: string;
}

/** Each span with environment and release, whatever it said of them before. */
const stamped = (request: OtlpRequest, { environment, release }: Origin): OtlpRequest => {
  const origin = [
    { key: ATTRIBUTE.environment, value: { stringValue: environment } },
    { key: ATTRIBUTE.release, value: { stringValue: release } },
  ];
  const own = (key: string) => origin.some((one) => one.key === key);
  return {
    resourceSpans: request.resourceSpans.map(({ resource, scopeSpans }) => ({
      resource,
      scopeSpans: scopeSpans.map(({ scope, spans }) => ({
        scope,
        spans: spans.map((span) => ({
          ...span,
          attributes: [...(span.attributes ?? []).filter(({ key }) => !own(key)), ...origin],
        })),
      })),
    })),
  };
};

const countSpans = (request: OtlpRequest): number =>
  request.resourceSpans.reduce(
    (sum, { scopeSpans }) => sum + scopeSpans.reduce((n, { spans }) => n + spans.length, 0),
    0,
  );

/** Cuts a request into requests of at most `size` spans, each with its resource. */
const chunkSpans = (request: OtlpRequest, size: number): OtlpRequest[] =>
  request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      Array.from({ length: Math.ceil(spans.length / size) }, (_, i) => ({
        resourceSpans: [{ resource, scopeSpans: [{ scope, spans: spans.slice(i * size, (i + 1) * size) }] }],
      })),
    ),
  );

const parcelOf = (request: OtlpRequest): Parcel => ({
  path: TRACES_PATH,
  method: "POST",
  body: request,
  items: countSpans(request),
});

const split = (parcel: Parcel): [Parcel, Parcel] | null => {
  if (parcel.path !== TRACES_PATH || parcel.items < 2) return null;
  const pieces = chunkSpans(parcel.body as OtlpRequest, Math.ceil(parcel.items / 2)).map(parcelOf);
  if (pieces.length === 2) return [pieces[0], pieces[1]];
  const middle = Math.ceil(pieces.length / 2);
  const join = (some: Parcel[]): Parcel =>
    parcelOf({ resourceSpans: some.flatMap(({ body }) => (body as OtlpRequest).resourceSpans) });
  return [join(pieces.slice(0, middle)), join(pieces.slice(middle))];
};

/** Langfuse behind a queue on disk: spans by OTLP, scores by the public API. */
export class Langfuse {
  private constructor(
    private readonly outbox: Outbox,
    /** Where a person opens traces. */
    readonly baseUrl: string,
    private readonly origin: Origin,
  ) {}

  static async open(
    config: NonNullable<Config["langfuse"]>,
    options: {
      dataDir: string;
      release: string;
      maxBytes?: number;
      timeoutMs?: number;
      backoff?: { first: number; longest: number };
      onDrop: (items: number, reason: string) => void;
    },
  ): Promise<Langfuse> {
    const credentials = Buffer.from(`${config.publicKey}:${config.secretKey.reveal()}`).toString("base64");
    const outbox = await Outbox.open({
      folder: join(options.dataDir, "outbox", "langfuse"),
      maxBytes: options.maxBytes ?? 64 * 1024 * 1024,
      backoff: options.backoff,
      split,
      onDrop: options.onDrop,
      deliver: deliverOverHttp({
        baseUrl: config.baseUrl,
        headers: { authorization: `Basic ${credentials}`, "x-langfuse-ingestion-version": "4" },
        timeoutMs: options.timeoutMs ?? 15_000,
      }),
    });
    const { environment } = config;
    return new Langfuse(outbox, config.baseUrl, { environment, release: options.release });
  }

  /** Queues spans; resolves when they are safe on disk. */
  async traces(request: OtlpRequest): Promise<void> {
    for (const piece of chunkSpans(stamped(request, this.origin), SPANS_A_PARCEL))
      await this.outbox.put(parcelOf(piece));
  }

  async score(score: Score): Promise<void> {
    await this.outbox.put({
      path: SCORES_PATH,
      method: "POST",
      body: { ...score, environment: this.origin.environment },
      items: 1,
    });
  }

  /** Where a person opens a trace; Langfuse leads on to the project it is in. */
  traceUrl(traceId: string): string {
    return `${this.baseUrl}/trace/${traceId}`;
  }

  status = () => this.outbox.status();
  drain = (milliseconds: number) => this.outbox.drain(milliseconds);
  close = () => this.outbox.close();
}
