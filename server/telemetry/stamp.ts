import { ATTRIBUTE, EXPERIMENT_ENVIRONMENT } from "../../src/domain/telemetry/attributes.ts";
import type { OtlpAttribute, OtlpRequest, OtlpSpan } from "./otlp.ts";

/** What every span and score says of where it comes from. */
export interface Origin {
  /** `LANGFUSE_TRACING_ENVIRONMENT` */
  environment: string;
  /** The studio's version. */
  release: string;
}

/** Each span with what Langfuse sorts and filters by, whatever it said of that before; all of it follows from the span. */
export const stamped = (request: OtlpRequest, origin: Origin): OtlpRequest => ({
  resourceSpans: request.resourceSpans.map(({ resource, scopeSpans }) => ({
    resource,
    scopeSpans: scopeSpans.map(({ scope, spans }) => ({
      scope,
      spans: spans.map((span) => stampedSpan(span, origin)),
    })),
  })),
});

const stampedSpan = (span: OtlpSpan, { environment, release }: Origin): OtlpSpan => {
  const carried = span.attributes ?? [];
  const text = (key: string) => carried.find((one) => one.key === key)?.value.stringValue;
  const code = text(ATTRIBUTE.errorCode);
  const fallback = text(ATTRIBUTE.fallbackReason);
  const stamps: Record<string, string | undefined> = {
    // Langfuse keeps experiments out of sight of those who look at their traffic by this name.
    [ATTRIBUTE.environment]: text(ATTRIBUTE.experimentId) ? EXPERIMENT_ENVIRONMENT : environment,
    [ATTRIBUTE.release]: release,
    [ATTRIBUTE.modelVersion]: versionOf(text),
    [ATTRIBUTE.level]: text(ATTRIBUTE.level) ?? (fallback ? "WARNING" : undefined),
    [ATTRIBUTE.statusMessage]: code ?? fallback,
  };
  return {
    ...span,
    attributes: [
      ...carried.filter(({ key }) => !(key in stamps)),
      ...Object.entries(stamps).flatMap(([key, value]): OtlpAttribute[] =>
        value === undefined ? [] : [{ key, value: { stringValue: value } }],
      ),
    ],
  };
};

/** The version in the registry; of a model that has none, its role and the beginning of its fingerprint. */
const versionOf = (text: (key: string) => string | undefined): string | undefined => {
  const fingerprint = text(ATTRIBUTE.modelFingerprint);
  const unnamed = fingerprint && `${text(ATTRIBUTE.modelRole) ?? "model"}-${fingerprint.slice(0, 8)}`;
  return text(ATTRIBUTE.version) ?? unnamed;
};
