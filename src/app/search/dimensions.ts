import type { Collection, IndexStatus } from "../../domain/api/index.ts";

/** Fewest dimensions that a search may use. */
const LEAST = 8;

/**
 * The dimensions that the models of a search have in common: all of them, null where the models differ or none is known, and the
 * beginnings that every one of them has. Collections of models that are not asked do not count.
 */
export const searchDimensions = (
  { collections }: { collections: readonly Pick<Collection, "model" | "version" | "dimension">[] } | IndexStatus,
  candidate: string | null,
): { all: number | null; shorter: number[] } => {
  const asked = collections
    .filter(({ model, version }) => model !== null || (candidate !== null && version === candidate))
    .map(({ dimension }) => dimension);
  if (asked.length === 0) return { all: null, shorter: [] };
  const least = Math.min(...asked);
  return {
    all: asked.every((dimension) => dimension === least) ? least : null,
    shorter: [2, 4, 8].map((part) => Math.floor(least / part)).filter((size) => size >= LEAST),
  };
};
