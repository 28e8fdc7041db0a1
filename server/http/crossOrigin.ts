import cors from "@fastify/cors";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback, type Config } from "../config/config.ts";
import { hostName } from "./hostName.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Files that any page may read: the hub protocol and base models. */
    openFiles?: boolean;
  }
}

/** What a page's program may read of an answer beside its body. */
const EXPOSED = [
  "Accept-Ranges",
  "Content-Length",
  "Content-Range",
  "ETag",
  "Link",
  "Retry-After",
  "X-Correlation-Id",
  "X-Error-Code",
  "X-Error-Message",
  "X-Linked-ETag",
  "X-Linked-Size",
  "X-Model-Fingerprint",
  "X-Repo-Commit",
];
const DAY = 86_400;

/**
 * Pages of other origins: those of STUDIO_ALLOWED_ORIGINS may use every route, and read refusals too. Public files may be
 * read from any origin when the server is public, from local ones only while it is on loopback, where other sites' pages
 * must not fetch private models. Comes before the rules on who may ask, so that a refusal can be read as well.
 */
export const allowOrigins = async (app: FastifyInstance, config: Config): Promise<void> => {
  const allowed = (request: FastifyRequest): string | false => {
    const { origin } = request.headers;
    if (typeof origin !== "string") return false;
    if (config.allowedOrigins.includes(origin)) return origin;
    if (!request.routeOptions.config.openFiles) return false;
    if (!config.loopback) return "*";
    return URL.canParse(origin) && isLoopback(hostName(new URL(origin).host)) ? origin : false;
  };
  await app.register(cors, {
    delegator: (request, done) =>
      done(null, {
        origin: allowed(request),
        methods: request.routeOptions.config.openFiles
          ? ["GET", "HEAD", "POST"]
          : ["GET", "HEAD", "POST", "PUT", "DELETE"],
        exposedHeaders: EXPOSED,
        maxAge: DAY,
        strictPreflight: false,
      }),
  });
};
