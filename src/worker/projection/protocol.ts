/** How embeddings become a picture. Both lose most of the space; UMAP keeps neighbors, PCA keeps directions. */
export type ProjectionMethod = "pca" | "umap";

export interface ProjectionService {
  /** Draws row-major [n, dim] into row-major [n, 2]. An abort ends the worker. */
  project(embeddings: Float32Array, dim: number, method: ProjectionMethod, signal: AbortSignal): Promise<Float32Array>;
}
