import { endpointReranker } from "../../src/domain/rerank/endpointReranker.ts";
import { RerankerBusy } from "../../src/domain/rerank/failures.ts";
import { RERANK_FORMS, type RerankForm } from "../../src/domain/rerank/forms.ts";
import type { Reranker } from "../../src/domain/rerank/types.ts";
import { z } from "zod";
import { retry, TransientFailure } from "../lib/retry.ts";
import { kinds } from "./flags.ts";

/** Which reranker is asked; its key is RERANK_KEY of the environment, so that it stands in no shell history. */
export const RERANK_FLAGS = {
  rerank: {
    schema: kinds.text,
    value: "URL",
    help: "a /rerank endpoint, in the form of text-embeddings-inference or Cohere; its key is RERANK_KEY",
  },
  "rerank-model": { schema: kinds.text, value: "NAME", help: "the model's name in requests to it" },
  "rerank-form": {
    schema: z.enum(RERANK_FORMS, "takes tei or cohere").optional(),
    value: "NAME",
    help: "tei or cohere (default: found out at the first request)",
  },
};

/** A busy endpoint is asked again so often, after as long as it says, or growing pauses. */
const TRIES = { attempts: 6, first: 1000, longest: 30_000 };

/** The endpoint that flags name, asked again while it is busy. @throws StudioError `rerank-address` */
export const rerankerByFlags = (
  url: string,
  flags: { "rerank-model"?: string; "rerank-form"?: RerankForm },
): Reranker => {
  const endpoint = endpointReranker({
    url,
    form: flags["rerank-form"] ?? null,
    model: flags["rerank-model"] ?? null,
    key: process.env.RERANK_KEY?.trim() || null,
  });
  const score: Reranker["score"] = (query, texts, signal) =>
    retry(
      () =>
        endpoint.score(query, texts, signal).catch((thrown: unknown) => {
          throw thrown instanceof RerankerBusy
            ? new TransientFailure("busy", thrown.afterMs, { cause: thrown })
            : thrown;
        }),
      { ...TRIES, signal },
    ).catch((thrown: unknown) => {
      throw thrown instanceof TransientFailure ? thrown.cause : thrown;
    });
  return { name: endpoint.name, score };
};
