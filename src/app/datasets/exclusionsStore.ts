import { persist } from "zustand/middleware";
import { createStore, type StoreApi } from "zustand/vanilla";
import { persistent, type SettingsStorage } from "../settings/persistent.ts";

/** A pair that a person called bad while reading results; Data leaves it out when they say so. */
export interface ExcludedPair {
  /** Name of the data set it was seen in, for the person. */
  dataset: string;
  query: string;
  positives: string[];
  /** ISO 8601 */
  at: string;
}
export interface ExclusionsState {
  pairs: ExcludedPair[];
  /** Flags a pair, or takes the flag back when it has one. */
  toggle(pair: Omit<ExcludedPair, "at">): void;
  clear(): void;
}
export type ExclusionsStore = StoreApi<ExclusionsState>;

const samePair = (a: Pick<ExcludedPair, "query" | "positives">, b: Pick<ExcludedPair, "query" | "positives">) =>
  a.query === b.query &&
  a.positives.length === b.positives.length &&
  a.positives.every((text) => b.positives.includes(text));

/** Whether a pair is flagged, wherever it comes from: by its texts. */
export const isExcluded = (pairs: readonly ExcludedPair[], pair: Pick<ExcludedPair, "query" | "positives">): boolean =>
  pairs.some((one) => samePair(one, pair));

/** Earlier versions stored the bare list. */
const read = (stored: unknown): { pairs: ExcludedPair[] } => {
  const value = Array.isArray(stored) ? stored : (stored as { pairs?: unknown } | null)?.pairs;
  return {
    pairs: Array.isArray(value)
      ? (value as ExcludedPair[]).filter((pair) => typeof pair?.query === "string" && Array.isArray(pair.positives))
      : [],
  };
};

export const createExclusionsStore = (storage: SettingsStorage, now: () => Date): ExclusionsStore =>
  createStore<ExclusionsState>()(
    persist(
      (set, get) => ({
        pairs: [],
        toggle(pair) {
          const { pairs } = get();
          const others = pairs.filter((one) => !samePair(one, pair));
          set({ pairs: others.length < pairs.length ? others : [...others, { ...pair, at: now().toISOString() }] });
        },
        clear: () => set({ pairs: [] }),
      }),
      persistent(storage, "recall-studio.exclusions", ({ pairs }) => ({ pairs }), read),
    ),
  );
