import { z } from "zod";

/**
 * The two forms that rerankers are asked in, both at `POST …/rerank`: text-embeddings-inference's (`texts`, answered by a list of
 * `{index, score}`) and Cohere's (`documents`, answered by `results` of `{index, relevance_score}`), which Jina, vLLM, Infinity,
 * OpenVINO and llama.cpp speak too.
 */
export const RERANK_FORMS = ["tei", "cohere"] as const;
export type RerankForm = (typeof RERANK_FORMS)[number];

/** Texts of one request; text-embeddings-inference takes 32 unless told otherwise, and scores each alone. */
export const TEXTS_AT_ONCE: Record<RerankForm, number> = { tei: 32, cohere: 1000 };

/** Raw scores, since a sigmoid of them makes the best ones equal in 32 bits. */
export const requestBody = (form: RerankForm, model: string | null, query: string, texts: readonly string[]): object =>
  form === "tei"
    ? { query, texts, raw_scores: true, truncate: true }
    : { ...(model === null ? {} : { model }), query, documents: texts, top_n: texts.length };

const scored = { index: z.int().nonnegative() };
const answerSchema = z.union([
  z.array(z.object({ ...scored, score: z.number() })),
  z
    .object({ results: z.array(z.object({ ...scored, relevance_score: z.number() })) })
    .transform(({ results }) => results.map(({ index, relevance_score }) => ({ index, score: relevance_score }))),
]);

/** Scores in the order of the texts; null where the answer is of neither form, or has not exactly one finite score a text. */
export const readScores = (body: unknown, count: number): number[] | null => {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success || parsed.data.length !== count) return null;
  const scores = new Map(parsed.data.map(({ index, score }) => [index, score]));
  const ordered = Array.from({ length: count }, (_, index) => scores.get(index) ?? NaN);
  return ordered.every(Number.isFinite) ? ordered : null;
};
