import { expect, it } from "vitest";
import { persist } from "zustand/middleware";
import { createStore } from "zustand/vanilla";
import { persistent } from "./persistent.ts";

const memory = (initial: Record<string, string> = {}) => {
  const kept = new Map(Object.entries(initial));
  return {
    read: (key: string) => kept.get(key) ?? null,
    write: (key: string, value: string) => void kept.set(key, value),
  };
};
const counter = (storage: ReturnType<typeof memory>) =>
  createStore<{ count: number; passing: string }>()(
    persist(
      () => ({ count: 0, passing: "" }),
      persistent(
        storage,
        "counter",
        ({ count }) => ({ count }),
        (stored) => {
          const count = (stored as { count?: unknown } | null)?.count;
          return { count: typeof count === "number" ? count : 0 };
        },
      ),
    ),
  );

it("keeps its part over a reload, and nothing else", () => {
  const storage = memory();
  counter(storage).setState({ count: 3, passing: "by" });
  expect(counter(storage).getState()).toEqual({ count: 3, passing: "" });
});

it.each([
  ["the bare value of an earlier version", '{"count":7}', 7],
  ["something else", '{"state":{"count":"seven"}}', 0],
  ["text that is no JSON", "{", 0],
  ["null", "null", 0],
])("reads %s", (_, text, count) => {
  expect(counter(memory({ counter: text })).getState().count).toBe(count);
});
