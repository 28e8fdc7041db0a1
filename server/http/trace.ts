import { type Attributes, context, type Context } from "@opentelemetry/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ATTRIBUTE, type SpanName } from "../../src/domain/telemetry/attributes.ts";
import type { Registry, StoredVersion } from "../registry/registry.ts";
import type { ServingState } from "../serving/state.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The caller's W3C trace context. */
    traceContext: Context;
  }
}

/** What is asked for spans about a change: who serves before and after it. */
export interface TracedParts {
  telemetry: Telemetry;
  registry: Registry;
  serving: ServingState;
}

/** Routes that change what serves, and the span each is. Everything about vectors makes its own spans. */
const SPANS: Record<string, SpanName> = {
  "POST /api/registry/versions/:version/promote": "registry.promote",
  "POST /api/registry/rollback": "registry.rollback",
  "POST /api/registry/uploads/:id/commit": "registry.upload",
  "POST /api/ingest": "http.request",
  "POST /api/index/re-embed": "http.request",
};

/** Continues the caller's trace (`traceparent`) in every handler, and puts a span around those that change what serves. */
export const traceRequests = (app: FastifyInstance, { telemetry, ...models }: TracedParts): void => {
  const { registry } = models;
  app.decorateRequest("traceContext");
  app.addHook("onRequest", async (request) => {
    request.traceContext = telemetry.incoming(request.headers);
  });
  // The body was read in between, which loses the context; handlers start from here.
  app.addHook("preHandler", (request, _reply, done) => context.with(request.traceContext, done));

  app.addHook("onRoute", (route) => {
    const name = SPANS[`${String(route.method)} ${route.url}`];
    if (!name) return;
    const { handler } = route;
    route.handler = function (request, reply) {
      const before = registry.lineage().production;
      return telemetry.span(
        name,
        { ...start(request), [ATTRIBUTE.fromVersion]: before ?? undefined },
        async (span) => {
          const answer: unknown = await handler.call(this, request, reply);
          if (name === "registry.upload") span.setAttributes(ofVersion(registry.list()[0]));
          else if (name !== "http.request") span.setAttributes(ofServing(models));
          span.setAttribute(ATTRIBUTE.httpStatus, reply.statusCode);
          return answer;
        },
        request.traceContext,
      );
    };
  });
};

const start = (request: FastifyRequest): Attributes => ({
  [ATTRIBUTE.observationType]: "span",
  [ATTRIBUTE.httpMethod]: request.method,
  [ATTRIBUTE.httpRoute]: request.routeOptions.url,
  [ATTRIBUTE.correlationId]: request.id,
  [ATTRIBUTE.override]: (request.body as { override?: unknown } | undefined)?.override === true ? true : undefined,
});

const ofVersion = (stored: StoredVersion | null | undefined): Attributes => {
  if (!stored) return {};
  const { version, base, fingerprint, dataset } = stored.record;
  return {
    [ATTRIBUTE.modelRole]: "tuned",
    [ATTRIBUTE.version]: version,
    [ATTRIBUTE.modelId]: base.id,
    [ATTRIBUTE.modelName]: base.id,
    [ATTRIBUTE.baseRevision]: base.revision,
    [ATTRIBUTE.modelFingerprint]: fingerprint,
    [ATTRIBUTE.datasetHash]: dataset?.fingerprint,
  };
};

/** The model that serves after a change; of the base alone, its weights' SHA-256 is the fingerprint. */
const ofServing = ({ registry, serving }: Omit<TracedParts, "telemetry">): Attributes => {
  const { base, fallback } = serving.current();
  const stored = registry.find(registry.lineage().production);
  const model: Attributes = stored
    ? ofVersion(stored)
    : base
      ? {
          [ATTRIBUTE.modelRole]: "baseline",
          [ATTRIBUTE.modelId]: base.name,
          [ATTRIBUTE.modelName]: base.name,
          [ATTRIBUTE.modelFingerprint]: base.sha256,
        }
      : {};
  return { ...model, ...(fallback ? { [ATTRIBUTE.fallbackReason]: fallback.code } : {}) };
};
