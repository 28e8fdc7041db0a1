import { persist } from "zustand/middleware";
import { createStore, type StoreApi } from "zustand/vanilla";
import { persistent, type SettingsStorage } from "../settings/persistent.ts";

/** What a person said about one result. */
export interface Judgement {
  query: string;
  text: string;
  answer: "right" | "wrong";
}
export interface JudgementsState {
  judgements: Judgement[];
  /** The same thumb again takes it back. */
  judge(query: string, text: string, answer: Judgement["answer"]): void;
  clear(): void;
}
export type JudgementsStore = StoreApi<JudgementsState>;

export const judgementOf = (
  judgements: readonly Judgement[],
  query: string,
  text: string,
): Judgement["answer"] | null => judgements.find((one) => one.query === query && one.text === text)?.answer ?? null;

/** Test pairs: every question with at least one right text; its wrong ones are negatives. */
export const judgedPairs = (
  judgements: readonly Judgement[],
): { query: string; positive: string[]; negatives: string[] }[] =>
  [...new Set(judgements.map(({ query }) => query))].flatMap((query) => {
    const texts = (answer: Judgement["answer"]) =>
      judgements.filter((one) => one.query === query && one.answer === answer).map(({ text }) => text);
    return texts("right").length ? [{ query, positive: texts("right"), negatives: texts("wrong") }] : [];
  });

/** Earlier versions stored the bare list. */
const read = (stored: unknown): { judgements: Judgement[] } => {
  const value = Array.isArray(stored) ? stored : (stored as { judgements?: unknown } | null)?.judgements;
  return {
    judgements: Array.isArray(value)
      ? (value as Judgement[]).filter((one) => typeof one?.query === "string" && typeof one.text === "string")
      : [],
  };
};

export const createJudgementsStore = (storage: SettingsStorage): JudgementsStore =>
  createStore<JudgementsState>()(
    persist(
      (set, get) => ({
        judgements: [],
        judge(query, text, answer) {
          const { judgements } = get();
          const others = judgements.filter((one) => one.query !== query || one.text !== text);
          const same = judgementOf(judgements, query, text) === answer;
          set({ judgements: same ? others : [...others, { query, text, answer }] });
        },
        clear: () => set({ judgements: [] }),
      }),
      persistent(storage, "recall-studio.judgements", ({ judgements }) => ({ judgements }), read),
    ),
  );
