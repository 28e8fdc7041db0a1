import { pca2 } from "../../../domain/projection/pca.ts";
import { umap2 } from "../../../domain/projection/umap.ts";
import { handOver, serve } from "../../rpc.ts";
import type { ProjectionService } from "../protocol.ts";

const service: ProjectionService = {
  project: async (embeddings, dim, method) =>
    handOver(method === "pca" ? pca2(embeddings, dim) : umap2(embeddings, dim)),
};
serve(service);
