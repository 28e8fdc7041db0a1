import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { baseListSchema } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { preflight } from "../http/preflight.ts";
import { FILE, sendFile } from "../http/sendFile.ts";
import type { Core } from "./container.ts";

/** Base models on this server, for the page to train on. */
export const baseRoutes =
  ({ bases }: Core): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      "/api/bases",
      {
        schema: {
          tags: ["Bases"],
          operationId: "listBases",
          summary: "Base models on this server",
          response: { 200: baseListSchema },
        },
      },
      async () => ({
        bases: await bases.list(),
      }),
    );

    app.route({
      method: ["GET", "HEAD"],
      url: "/base/:name/*",
      config: { rateLimit: false, openFiles: true, described: FILE },
      schema: {
        tags: ["Bases"],
        operationId: "getBaseFile",
        summary: "A base's file; takes byte ranges",
        params: z.object({ name: z.string(), "*": z.string() }),
      },
      handler: async (request, reply) => {
        const { name, "*": path } = request.params;
        const file = await bases.resolve(name, path);
        const sha256 = file && (await bases.sha256(name, path));
        if (!file || !sha256)
          throw new StudioError("not-found", "There is no such base model or file.", "GET /api/bases lists them.");
        return sendFile(request, reply, { ...file, path, etag: sha256 });
      },
    });
    preflight(app, "/base/:name/*");
  };
