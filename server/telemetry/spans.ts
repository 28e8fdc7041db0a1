import type { OtlpRequest } from "./otlp.ts";
import type { Parcel } from "./outbox.ts";

const TRACES_PATH = "/api/public/otel/v1/traces";

const countSpans = (request: OtlpRequest): number =>
  request.resourceSpans.reduce(
    (sum, { scopeSpans }) => sum + scopeSpans.reduce((n, { spans }) => n + spans.length, 0),
    0,
  );

/** Cuts a request into requests of at most `size` spans, each with its resource. */
export const chunkSpans = (request: OtlpRequest, size: number): OtlpRequest[] =>
  request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      Array.from({ length: Math.ceil(spans.length / size) }, (_, i) => ({
        resourceSpans: [{ resource, scopeSpans: [{ scope, spans: spans.slice(i * size, (i + 1) * size) }] }],
      })),
    ),
  );

/** A request as one parcel of the queue. */
export const spansParcel = (request: OtlpRequest): Parcel => ({
  path: TRACES_PATH,
  method: "POST",
  body: request,
  items: countSpans(request),
});

/** Halves a parcel of spans; null when it holds one, or something else. */
export const splitSpans = (parcel: Parcel): [Parcel, Parcel] | null => {
  if (parcel.path !== TRACES_PATH || parcel.items < 2) return null;
  const pieces = chunkSpans(parcel.body as OtlpRequest, Math.ceil(parcel.items / 2)).map(spansParcel);
  const middle = Math.ceil(pieces.length / 2);
  const join = (some: Parcel[]): Parcel =>
    spansParcel({ resourceSpans: some.flatMap(({ body }) => (body as OtlpRequest).resourceSpans) });
  return [join(pieces.slice(0, middle)), join(pieces.slice(middle))];
};
