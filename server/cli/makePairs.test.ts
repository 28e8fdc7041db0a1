import { expect, test } from "vitest";
import { askedFor } from "./makePairs.ts";

test.each([
  ["--langfuse --score helpful --good >=0.5 --out pairs.jsonl", "langfuse"],
  ["--score pairs.jsonl --rerank http://127.0.0.1:8081 --out scored.jsonl", "scores"],
  ["--score=pairs.jsonl", "scores"],
  ["--score --help", "scores"],
  ["--documents manual/ --weak --out weak.jsonl", "questions"],
  ["--help", "questions"],
] as const)("%s asks for %s", (line, what) => {
  expect(askedFor(line.split(" "))).toBe(what);
});
