import { expect, it } from "vitest";
import type { Doing } from "../../../app/questions/store.ts";
import { wordsOf } from "./doingWords.ts";

type Progress = NonNullable<Extract<Doing, { what: "writing" }>["progress"]>;

const writing = (progress: Partial<Progress>) =>
  wordsOf({
    what: "writing",
    startedAt: 0,
    doneBefore: 0,
    progress: { done: 0, total: 0, failed: 0, waiting: null, loading: null, slow: false, ...progress },
  });

it("says that the first passage is asked about until one is done, and why that takes long", () => {
  expect(writing({})).toEqual({ title: "Writing questions", share: null, detail: "Asking about the first passage" });
  expect(writing({ slow: true }).detail).toMatch(/^Asking about the first passage, on the processor/);
  expect(writing({ waiting: { milliseconds: 5000, reason: "too many requests" } }).detail).toBe(
    "Asking about the first passage, waiting 5 s: too many requests",
  );
  expect(writing({ done: 1, total: 6, failed: 1 }).detail).toMatch(/^1 of 6 passages, 1 failed, about /);
});

it("says how much of the page's model is loaded, and when it starts", () => {
  expect(writing({ loading: { done: 1024, total: 4096 } }).detail).toMatch(/ of .*; a stop keeps what is there$/);
  expect(writing({ loading: { done: 4096, total: 4096 } }).detail).toBe("Starting the model");
});
