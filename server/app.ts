import type { FastifyInstance } from "fastify";
import { createHttp } from "./http/server.ts";
import { baseRoutes } from "./routes/bases.ts";
import type { Core, Routes, Studio } from "./routes/container.ts";
import { documentRoutes } from "./routes/documents.ts";
import { embeddingRoutes } from "./routes/embeddings.ts";
import { exportRoutes } from "./routes/exports.ts";
import { feedbackRoutes } from "./routes/feedback.ts";
import { healthRoutes } from "./routes/health.ts";
import { generationRoutes } from "./routes/generation.ts";
import { hubRoutes } from "./routes/hub.ts";
import { ingestRoutes } from "./routes/ingest.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { langfusePairRoutes } from "./routes/langfusePairs.ts";
import { langfuseRoutes } from "./routes/langfuse.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { servePage } from "./routes/page.ts";
import { publishRoutes } from "./routes/publish.ts";
import { registryRoutes } from "./routes/registry.ts";
import { rerankRoutes } from "./routes/rerank.ts";
import { searchRoutes } from "./routes/search.ts";
import { tokenRoutes } from "./routes/token.ts";
import { uploadRoutes } from "./routes/uploads.ts";

/** Routes that need no vector store. */
export const CORE_ROUTES: readonly Routes<Core>[] = [
  healthRoutes,
  tokenRoutes,
  registryRoutes,
  uploadRoutes,
  exportRoutes,
  publishRoutes,
  baseRoutes,
  hubRoutes,
  generationRoutes,
  rerankRoutes,
];

/** Every route of the server. A new room adds its line here. */
const ROUTES: readonly Routes<Studio>[] = [
  ...CORE_ROUTES,
  embeddingRoutes,
  ingestRoutes,
  jobRoutes,
  documentRoutes,
  searchRoutes,
  feedbackRoutes,
  mcpRoutes,
  langfuseRoutes,
  langfusePairRoutes,
];

/** The HTTP application over an open studio; closing it leaves the studio open, since whoever opened that closes it. */
export const buildApp = (studio: Studio): Promise<FastifyInstance> => assemble(studio, ROUTES);

/** An application of some routes over the parts that they work with, and the built page. */
export const assemble = async <Parts extends Core>(
  parts: Parts,
  routes: readonly Routes<Parts>[],
): Promise<FastifyInstance> => {
  const app = await createHttp(parts);
  for (const route of routes) await app.register(route(parts));
  await servePage(app, parts);
  return app;
};
