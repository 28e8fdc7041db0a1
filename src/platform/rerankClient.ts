import type { RerankClient } from "../app/comparison/rerankRun.ts";
import { rerankAnswerSchema, rerankPaths } from "../domain/api/index.ts";
import { callApi } from "./apiClient.ts";

/** The reranker of the page's own server. */
export const rerankClient: RerankClient = {
  score: (questions, signal) =>
    callApi(rerankAnswerSchema, rerankPaths.rerank, { method: "POST", json: { questions }, signal }),
};
