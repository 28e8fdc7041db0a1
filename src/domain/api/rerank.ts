import { z } from "zod";
import { MAX_QUESTION } from "./retrieval.ts";

export const rerankPaths = { rerank: "/api/rerank" } as const;

/** Questions of one request. */
const RERANK_QUESTIONS = 16;
/** Texts a question. */
const RERANK_TEXTS = 200;

/** `POST /api/rerank`: scores of the server's reranker, for an evaluation or as a teacher's. */
export const rerankRequestSchema = z
  .strictObject({
    questions: z
      .array(
        z.strictObject({
          query: z.string().min(1).max(MAX_QUESTION),
          texts: z.array(z.string().min(1).max(100_000)).min(1).max(RERANK_TEXTS),
        }),
      )
      .min(1)
      .max(RERANK_QUESTIONS),
  })
  .meta({ id: "RerankRequest" });

export const rerankAnswerSchema = z
  .object({
    model: z.string(),
    /** One list a question, one score a text, in order; higher is better, on a scale of the model's own. */
    scores: z.array(z.array(z.number())),
    /** For each question. */
    seconds: z.array(z.number().nonnegative()),
  })
  .meta({ id: "RerankAnswer" });
