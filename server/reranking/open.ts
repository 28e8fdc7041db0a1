import { endpointReranker } from "../../src/domain/rerank/endpointReranker.ts";
import type { Config } from "../config/config.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { Reranking } from "./reranking.ts";

/** The reranker that the configuration names; null without one. Nothing is asked of it yet. */
export const openReranking = ({ rerank }: Config, metrics: Metrics): Reranking | null => {
  if (!rerank) return null;
  const { endpoint } = rerank;
  return new Reranking(endpointReranker({ ...endpoint, key: endpoint.key?.reveal() ?? null }), rerank, metrics);
};
