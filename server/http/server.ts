import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { correlationIdOf } from "../telemetry/logs.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { allowOrigins } from "./crossOrigin.ts";
import { observe } from "./observe.ts";
import { openApi } from "./openapi.ts";
import { problemHandler } from "./problems.ts";
import { secure } from "./security.ts";
import { traceRequests, type TracedParts } from "./trace.ts";

export interface HttpParts extends TracedParts {
  config: Config;
  log: Logger;
  metrics: Metrics;
}

/** A server without routes: validation, errors, observation, access rules, rate limit, and the description at `/docs`. */
export const createHttp = async (parts: HttpParts): Promise<FastifyInstance> => {
  const { config, log, metrics } = parts;
  const loggerInstance: FastifyBaseLogger = log;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "correlation_id" }),
    genReqId: correlationIdOf,
    frameworkErrors: problemHandler,
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: 2000 },
    // Headers must come within 15 s; bodies are watched by route.
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 15_000 },
    forceCloseConnections: "idle",
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(problemHandler);
  observe(app, metrics);
  traceRequests(app, parts);
  await allowOrigins(app, config);
  await secure(app, config);
  if (config.limits.requestsPerMinute > 0)
    await app.register(rateLimit, { max: config.limits.requestsPerMinute, timeWindow: "1 minute" });

  await app.register(swagger, openApi);
  await app.register(swaggerUi, { routePrefix: "/docs" });
  return app;
};
