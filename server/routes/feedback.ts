import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  feedbackAnswerSchema,
  feedbackPairsQuerySchema,
  feedbackPairsSchema,
  feedbackPaths,
  feedbackRequestSchema,
} from "../../src/domain/api/index.ts";
import type { Studio } from "./container.ts";

const tags = ["Pairs"];

/** Feedback on searches in, pairs out. */
export const feedbackRoutes =
  ({ feedback, log }: Studio): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      feedbackPaths.feedback,
      {
        bodyLimit: 16 * 1024,
        schema: {
          tags,
          operationId: "sendFeedback",
          summary: "What somebody says about a result of a search",
          body: feedbackRequestSchema,
          response: { 200: feedbackAnswerSchema },
        },
      },
      async (request) => {
        const answer = await feedback.take(request.body);
        log.info(
          { event: "feedback.taken", repeated: answer.repeated, correlation_id: request.id },
          "feedback on a search",
        );
        return answer;
      },
    );

    app.get(
      feedbackPaths.pairs,
      {
        config: { access: "token" },
        schema: {
          tags,
          operationId: "getFeedbackPairs",
          summary: "Everything that was said about searches, as pairs",
          querystring: feedbackPairsQuerySchema,
          response: { 200: feedbackPairsSchema },
        },
      },
      async ({ query }, reply) => {
        reply.header("cache-control", "no-store");
        return feedback.pairs(query.good, query.bad);
      },
    );
  };
