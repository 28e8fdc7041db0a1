import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { problemDetailsSchema } from "../../src/domain/api/index.ts";
import { answerProblem } from "../http/problems.ts";

/** The form of {@link openaiErrors}. */
export const openaiRefusal = z
  .object({
    ...problemDetailsSchema.shape,
    error: z.object({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string() }),
  })
  .meta({ id: "OpenaiRefusal" });

/** Answers errors as clients of OpenAI's API read them, `{error: {message, type, param, code}}`, with our own form beside it. */
export const openaiErrors = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  answerProblem(thrown, request, reply, (details) => {
    const { status, code, message, hint } = details;
    const type = status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error";
    const [field] = details.errors ?? [];
    const error = {
      message: field ? `${message} ${field.path}: ${field.message}` : `${message} ${hint}`,
      type,
      param: field?.path ?? null,
      code: code === "model-not-found" ? "model_not_found" : code,
    };
    return { ...details, error };
  });
