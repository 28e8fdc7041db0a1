import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { apiPaths } from "../../src/domain/api/index.ts";

/** Tells whether a token is right before anything is changed with it; the check is the one of every request that writes. */
export const tokenRoutes = (): FastifyPluginAsyncZod => async (app) => {
  app.post(
    apiPaths.token,
    {
      schema: {
        tags: ["Operations"],
        operationId: "checkToken",
        summary: "Whether the token is this server's",
        response: { 204: z.null() },
      },
    },
    async (_request, reply) => reply.code(204).send(null),
  );
};
