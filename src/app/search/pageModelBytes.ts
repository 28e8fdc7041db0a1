import type { PageModelPart } from "./ports.ts";

/** A model whose parts are known, or not yet. */
interface Partly {
  parts: PageModelPart[] | null;
}

/** Bytes of these models that lie in this browser; what several of them need counts once. */
export const storedBytes = (models: readonly Partly[]): number =>
  distinct(models).reduce((sum, part) => sum + part.stored, 0);

/** Bytes to download before these models can be used; what several of them need counts once. */
export const downloadBytes = (models: readonly Partly[]): number =>
  distinct(models).reduce((sum, { bytes, stored }) => sum + bytes - stored, 0);

const distinct = (models: readonly Partly[]): PageModelPart[] => [
  ...new Map(models.flatMap(({ parts }) => parts ?? []).map((part) => [part.sha256, part])).values(),
];
