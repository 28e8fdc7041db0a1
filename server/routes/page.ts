import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { StudioError } from "../../src/domain/errors.ts";
import type { Core } from "./container.ts";

/**
 * The built page. Addresses of screens (`/train`, `/models/v3-…`) have no file: they get index.html, and the page's own
 * router takes over. Called on the root instance, since it answers whatever no other route does.
 */
export const servePage = async (app: FastifyInstance, { config }: Core): Promise<void> => {
  await app.register(fastifyStatic, {
    root: config.pageDir,
    // The folder may appear later, when the page is built while the server runs.
    suppressWarning: true,
    index: ["index.html"],
    setHeaders: (reply, path) => {
      // Vite puts a hash into these names.
      const fixed = path.startsWith(join(config.pageDir, "assets"));
      reply.header("cache-control", fixed ? "public, max-age=31536000, immutable" : "no-cache");
    },
    cacheControl: false,
    dotfiles: "deny",
  });

  app.setNotFoundHandler(async (request, reply) => {
    const [path = ""] = request.url.split("?");
    const isScreen =
      ["GET", "HEAD"].includes(request.method) &&
      !/^\/(api|v1|docs|base|health|ready|metrics)(\/|$)/.test(path) &&
      !path.slice(path.lastIndexOf("/")).includes(".") &&
      (request.headers.accept ?? "*/*").match(/text\/html|\*\/\*/);
    if (isScreen && existsSync(join(config.pageDir, "index.html"))) return reply.sendFile("index.html");
    if (isScreen)
      return reply
        .code(503)
        .type("text/plain; charset=utf-8")
        .send("The page is not built yet. Run `npm start`, or use the address that `npm run dev` prints.\n");
    throw new StudioError("not-found", "There is nothing at this address.", "/docs lists every address.");
  });
};
