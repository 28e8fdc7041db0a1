import { join } from "node:path";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { endpointReranker } from "../../src/domain/rerank/endpointReranker.ts";
import type { Reranker } from "../../src/domain/rerank/types.ts";
import type { Config } from "../config/config.ts";
import type { Closing } from "../lib/closing.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { openCrossEncoder } from "./crossEncoder.ts";
import { rerankModelFolder } from "./modelFolder.ts";
import { Reranking } from "./reranking.ts";

/** The reranker that the configuration names; null without one. A model is fetched and loaded in the background. */
export const openReranking = (config: Config, metrics: Metrics, closing: Closing): Reranking | null => {
  const { rerank } = config;
  if (!rerank) return null;
  if ("endpoint" in rerank) {
    const { endpoint } = rerank;
    return new Reranking(endpointReranker({ ...endpoint, key: endpoint.key?.reveal() ?? null }), rerank, metrics);
  }
  const { model } = rerank;
  const loading = rerankModelFolder({
    ...model,
    modelsDir: config.modelsDir,
    cacheDir: join(config.dataDir, "rerankers"),
    hub: { url: config.hub.url, token: config.hub.token?.reveal() ?? null },
  }).then((folder) => openCrossEncoder(folder, model.name, config.embedding.threads));
  closing.add(async () => (await loading.catch(() => null))?.close());
  let ready: Reranker | null = null;
  let failure: unknown = null;
  const later: Reranker = {
    name: model.name,
    score: (query, texts, signal) => {
      if (failure) throw failure;
      if (!ready) throw stillLoading();
      return ready.score(query, texts, signal);
    },
  };
  const reranking = new Reranking(later, rerank, metrics);
  reranking.say({ status: "degraded", message: stillLoading().message });
  loading.then(
    (opened) => {
      ready = opened;
      reranking.say({ status: "ok", message: `The reranker (${model.name}) is loaded.` });
    },
    (thrown: unknown) => {
      failure = thrown;
      reranking.say({ status: "degraded", message: `${toProblem(thrown).message} Searches are answered unreranked.` });
    },
  );
  return reranking;
};

const stillLoading = (): StudioError =>
  new StudioError("rerank-loading", "The reranker is still being loaded.", "Ask again in a while.");
