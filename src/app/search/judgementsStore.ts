import { createStore, type StoreApi } from "zustand/vanilla";
import type { SettingsStorage } from "../runs/ports.ts";

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

const KEY = "recall-studio.judgements";

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

const stored = (text: string | null): Judgement[] => {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value)
      ? (value as Judgement[]).filter((one) => typeof one?.query === "string" && typeof one.text === "string")
      : [];
  } catch {
    return [];
  }
};

export const createJudgementsStore = (storage: SettingsStorage): JudgementsStore =>
  createStore<JudgementsState>((set, get) => {
    const keep = (judgements: Judgement[]) => {
      set({ judgements });
      storage.write(KEY, JSON.stringify(judgements));
    };
    return {
      judgements: stored(storage.read(KEY)),
      judge(query, text, answer) {
        const others = get().judgements.filter((one) => one.query !== query || one.text !== text);
        keep(judgementOf(get().judgements, query, text) === answer ? others : [...others, { query, text, answer }]);
      },
      clear: () => keep([]),
    };
  });
