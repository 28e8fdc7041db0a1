import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { healthSchema, readySchema } from "../../src/domain/api/index.ts";
import { VERSION } from "../lib/project.ts";
import { describeSelection } from "../serving/selection.ts";
import type { Core } from "./container.ts";

const tags = ["Operations"];

/** For load balancers, dashboards and the page's top bar. */
export const healthRoutes =
  ({ health, serving, metrics, config, reranking }: Core): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      "/health",
      {
        schema: {
          tags,
          operationId: "getHealth",
          summary: "What works and what does not",
          response: { 200: healthSchema, 503: healthSchema },
        },
      },
      async (_request, reply) => {
        const { status, checks } = await health.run();
        return reply
          .code(status === "failed" ? 503 : 200)
          .header("cache-control", "no-store")
          .send({
            status,
            version: VERSION,
            uptimeSeconds: Math.round(process.uptime()),
            tokenRequired: config.token !== null,
            serving: describeSelection(serving.current()),
            embedding: { dtype: config.embedding.dtype },
            generation: config.generation && { model: config.generation.model },
            rerank: reranking && {
              model: reranking.name,
              top: reranking.settings.top,
              byDefault: reranking.settings.byDefault,
            },
            feedback: { keepsText: config.feedback.keepText, keepDays: config.feedback.keepDays },
            checks,
          });
      },
    );

    app.get(
      "/ready",
      {
        schema: {
          tags,
          operationId: "getReady",
          summary: "Whether requests may be sent here",
          response: { 200: readySchema, 503: readySchema },
        },
      },
      async (_request, reply) => {
        const waitingFor = health.waitingFor();
        return reply
          .code(waitingFor.length ? 503 : 200)
          .header("cache-control", "no-store")
          .send({ ready: waitingFor.length === 0, waitingFor });
      },
    );

    app.get(
      "/metrics",
      {
        schema: {
          tags,
          operationId: "getMetrics",
          summary: "Prometheus metrics",
          produces: ["text/plain"],
          response: { 200: z.string() },
        },
      },
      async (_request, reply) =>
        reply
          .type(metrics.registry.contentType)
          .serializer(String)
          .send(await metrics.registry.metrics()),
    );
  };
