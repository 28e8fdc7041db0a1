import type { FastifyInstance } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";

/** Times every request and logs it by route pattern; tells the caller the correlation id. */
export const observe = (app: FastifyInstance, metrics: Metrics): void => {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-correlation-id", request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unmatched";
    const { method } = request;
    const { statusCode: status, elapsedTime } = reply;
    metrics.httpSeconds.observe({ method, route, status }, elapsedTime / 1000);
    const level = status >= 500 ? "error" : route === "/health" || route === "/metrics" ? "debug" : "info";
    request.log[level]({ event: "request", method, route, status, ms: Math.round(elapsedTime) }, "request");
  });
};
