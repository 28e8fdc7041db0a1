import { UMAP } from "umap-js";
import { uniform } from "../random.ts";

/** UMAP of row-major [n, dim] unit vectors by cosine distance into row-major [n, 2]; 15 neighbors, fewer for few rows. */
export const umap2 = (data: Float32Array, dim: number): Float32Array => {
  const rows = Array.from({ length: data.length / dim }, (_, row) =>
    Array.from(data.subarray(row * dim, (row + 1) * dim)),
  );
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.max(2, Math.min(15, rows.length - 1)),
    minDist: 0.1,
    random: uniform(42),
    distanceFn: (a, b) => {
      let dot = 0;
      for (let i = 0; i < a.length; i++) dot += a[i]! * b[i]!;
      return Math.max(0, 1 - dot);
    },
  });
  return Float32Array.from(umap.fit(rows).flat());
};
