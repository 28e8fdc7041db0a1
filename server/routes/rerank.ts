import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { rerankAnswerSchema, rerankPaths, rerankRequestSchema } from "../../src/domain/api/index.ts";
import { isProblem } from "../../src/domain/errors.ts";
import { RerankerBusy } from "../../src/domain/rerank/failures.ts";
import { whenGone } from "../http/gone.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import type { Core } from "./container.ts";

/** Sixteen questions with fifty passages of some thousand characters. */
const MAX_BODY = 16 * 1024 * 1024;
/** Each request costs someone's money or someone's processor. */
const PER_MINUTE = 600;
/** Nobody waits for one of these in front of a search. */
const TIMEOUT_MS = 60_000;

/** The page's way to the server's reranker, for evaluations. What is asked is neither kept nor logged. */
export const rerankRoutes =
  ({ config, reranking }: Core): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      rerankPaths.rerank,
      {
        bodyLimit: MAX_BODY,
        config: {
          ...(config.limits.requestsPerMinute > 0 && { rateLimit: { max: PER_MINUTE, timeWindow: "1 minute" } }),
        },
        schema: {
          tags: ["Retrieval"],
          operationId: "rerank",
          summary: "Scores of the configured reranker, for an evaluation",
          body: rerankRequestSchema,
          response: { 200: rerankAnswerSchema },
        },
      },
      async ({ body }, reply) => {
        if (!reranking) throw notConfigured();
        reply.header("cache-control", "no-store");
        const signal = whenGone(reply);
        const scores: number[][] = [];
        const seconds: number[] = [];
        for (const { query, texts } of body.questions) {
          const began = performance.now();
          scores.push(await reranking.score(query, texts, signal, TIMEOUT_MS).catch(asHttp));
          seconds.push((performance.now() - began) / 1000);
        }
        return { model: reranking.name, scores, seconds };
      },
    );
  };

/** 429 for what may pass, 424 for what only the server's owner can mend. */
const asHttp = (failure: unknown): never => {
  if (!isProblem(failure)) throw failure;
  const { code, message, hint } = failure;
  if (failure instanceof RerankerBusy || code === "rerank-overloaded") {
    const wait = failure instanceof RerankerBusy && failure.afterMs !== null ? Math.ceil(failure.afterMs / 1000) : 1;
    throw new HttpProblem(429, { code, message, hint }, { "retry-after": String(wait) });
  }
  throw new HttpProblem(code === "rerank-timeout" ? 504 : 424, { code, message, hint });
};

const notConfigured = (): HttpProblem =>
  new HttpProblem(424, {
    code: "rerank-not-configured",
    message: "No reranker is configured on this server.",
    hint: "Set RERANK_ENDPOINT or RERANK_MODEL and start it again; docs/server.md has an example.",
  });
