import { UMAP } from "umap-js";

/** Mulberry32: a small seeded generator, so that the same embeddings give the same picture. */
const seeded = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let value = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
  return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
};

/** UMAP of row-major [n, dim] unit vectors by cosine distance into row-major [n, 2]; 15 neighbours, fewer for few rows. */
export const umap2 = (data: Float32Array, dim: number): Float32Array => {
  const rows = Array.from({ length: data.length / dim }, (_, row) =>
    Array.from(data.subarray(row * dim, (row + 1) * dim)),
  );
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.max(2, Math.min(15, rows.length - 1)),
    minDist: 0.1,
    random: seeded(42),
    distanceFn: (a, b) => {
      let dot = 0;
      for (let i = 0; i < a.length; i++) dot += a[i]! * b[i]!;
      return Math.max(0, 1 - dot);
    },
  });
  return Float32Array.from(umap.fit(rows).flat());
};
