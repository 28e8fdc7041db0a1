import type { Attributes } from "@opentelemetry/api";
import type { SearchHit } from "../../src/domain/api/index.ts";
import { ATTRIBUTE, slug } from "../../src/domain/telemetry/attributes.ts";
import type { RerankedList, Reranking } from "../reranking/reranking.ts";
import type { Query } from "./query.ts";

/** Whether a question is reranked, and in one sentence why or why not. */
interface RerankChoice {
  reranking: Reranking | null;
  reason: string;
}

/** As the request says, else as the server is set up. */
export const chooseRerank = (query: Query, reranking: Reranking | null): RerankChoice => {
  const no = (reason: string): RerankChoice => ({ reranking: null, reason });
  if (!(query.rerank ?? reranking?.settings.byDefault)) return no("Not asked for.");
  if (!reranking) return no("No reranker is configured on this server.");
  if (!("q" in query)) return no("The question came as a vector, without its words.");
  return { reranking, reason: query.rerank ? "Asked for." : "The default of this server." };
};

/** What was found in the reranker's order, cut to the hits that were asked for; as it was where there is none, or it failed. */
export const rerank = async (
  query: Query,
  { hits }: { hits: SearchHit[] },
  { reranking, reason }: RerankChoice,
  signal = new AbortController().signal,
): Promise<RerankedList> =>
  reranking && "q" in query
    ? reranking.order(query.q, hits, query.k, reason, signal)
    : { hits, reranked: false, reason, code: null, seconds: 0 };

/** Of a search that asked a reranker. */
export const rerankAttributes = ({ name }: Reranking, { reranked, code, seconds }: RerankedList): Attributes => ({
  [ATTRIBUTE.reranker]: slug(name),
  [ATTRIBUTE.reranked]: reranked,
  [ATTRIBUTE.rerankFailure]: code ?? undefined,
  [ATTRIBUTE.rerankMs]: Math.round(seconds * 1000),
});
