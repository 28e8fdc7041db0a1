import type { FastifyInstance } from "fastify";

/** Makes public files known to the rule on origins when a browser asks beforehand; the rule gives the answer. */
export const preflight = (app: FastifyInstance, url: string): void => {
  app.options(url, { config: { openFiles: true }, schema: { hide: true } }, async (_request, reply) =>
    reply.callNotFound(),
  );
};
