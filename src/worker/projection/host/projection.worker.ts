import { pca2 } from "../../../domain/projection/pca.ts";
import { umap2 } from "../../../domain/projection/umap.ts";

/** Draws embeddings in two dimensions. In: `{ data, dim, method }`; out: the places, or the message of a failure. */
addEventListener(
  "message",
  ({ data: { data, dim, method } }: MessageEvent<{ data: Float32Array; dim: number; method: "pca" | "umap" }>) => {
    const places = method === "pca" ? pca2(data, dim) : umap2(data, dim);
    postMessage(places, { transfer: [places.buffer] });
  },
);
