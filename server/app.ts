import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type FastifyPluginAsyncZod,
} from "fastify-type-provider-zod";
import type { Services } from "./context.ts";
import { observe } from "./http/observe.ts";
import { problemHandler } from "./http/problems.ts";
import { secure } from "./http/security.ts";
import { traceRequests } from "./http/trace.ts";
import { baseRoutes } from "./routes/bases.ts";
import { healthRoutes } from "./routes/health.ts";
import { hubRoutes } from "./routes/hub.ts";
import { servePage } from "./routes/page.ts";
import { registryRoutes } from "./routes/registry.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import { correlationIdOf } from "./telemetry/logs.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

/** A room's routes, given the services they work with. */
export type Routes = (services: Services) => FastifyPluginAsyncZod;

/** Every room's routes. A new room adds its line here. */
const ROUTES: Routes[] = [healthRoutes, registryRoutes, uploadRoutes, baseRoutes, hubRoutes];

/** The HTTP application over its services; closing it leaves them open, since whoever made them closes them. */
export const buildApp = async (
  services: Services,
  more: Routes[] = [],
  telemetry: Telemetry | null = null,
): Promise<FastifyInstance> => {
  const { config, log, metrics, version } = services;
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
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
  if (telemetry) traceRequests(app, telemetry, services);
  await secure(app, config);
  if (config.limits.requestsPerMinute > 0)
    await app.register(rateLimit, { max: config.limits.requestsPerMinute, timeWindow: "1 minute" });

  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Recall Studio", description: "Model registry, hub protocol and retrieval.", version },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, { routePrefix: "/docs" });

  for (const routes of [...ROUTES, ...more]) await app.register(routes(services));
  await servePage(app, services);
  return app;
};
