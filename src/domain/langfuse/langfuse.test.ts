import { expect, test } from "vitest";
import { StudioError } from "../errors.ts";
import { Judgements } from "./judgements.ts";
import { applyMapping, findFields, guessMapping, valueAt } from "./mapping.ts";
import { parseRule, parseRules, verdictOf } from "./rule.ts";
import type { JudgedItem, TraceItem } from "./types.ts";

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.hint !== "") return thrown.code;
    throw thrown;
  }
  return "nothing";
};

test("rules read numbers, categories and booleans of both generations", () => {
  const holds = (rule: string, value: number | string | boolean) => parseRule(rule).holds(value);
  expect([holds(">=0.5", 0.5), holds(">0.5", 0.5), holds("<0.5", 0.4), holds("<= 0.5", 0.6)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect([holds("=1", true), holds("true", 1), holds("false", false), holds(">=0.5", true)]).toEqual(
    Array(4).fill(true),
  );
  expect([holds("helpful, correct", "Correct"), holds("!=harmful", "fine"), holds("helpful", 1)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(holds(">=0.5", "good")).toBe(false);
  for (const rule of ["", "  ", ">=", "> often"])
    expect(
      codeOf(() => parseRule(rule)),
      rule,
    ).toBe("rule-unclear");
});

test("rules that call one value good and bad are refused", () => {
  const overlap = (good: string, bad: string) => codeOf(() => parseRules(good, bad));
  expect(overlap(">=0.5", "<0.5")).toBe("nothing");
  expect(overlap(">=0.8", "<=0.2")).toBe("nothing");
  expect(overlap(">=0.5", "<=0.5")).toBe("rules-overlap");
  expect(overlap(">0.2", "<0.4")).toBe("rules-overlap");
  expect(overlap("good", "!=good")).toBe("nothing");
  expect(overlap("good, fine", "bad, fine")).toBe("rules-overlap");
  expect(verdictOf("so-so", parseRules("good", "bad"))).toBeNull();
});

test("a retrieval's own score goes before its trace's, and judges who disagree give both verdicts", () => {
  const judgements = new Judgements(parseRules(">=0.5", "<0.5"));
  judgements.add({ value: 1, subject: { kind: "trace", id: "t1" } });
  judgements.add({ value: 0, subject: { kind: "observation", id: "o1" } });
  judgements.add({ value: 0.9, subject: { kind: "observation", id: "o3" } });
  judgements.add({ value: 0.1, subject: { kind: "observation", id: "o3" } });
  judgements.add({ value: "n/a", subject: { kind: "observation", id: "o4" } });
  judgements.add({ value: 1, subject: null });
  expect(judgements.of("o1", "t1")).toEqual(["bad"]);
  expect(judgements.of("o2", "t1")).toEqual(["good"]);
  expect(judgements.of("o3", null).sort()).toEqual(["bad", "good"]);
  expect(judgements.of("o4", "t2")).toEqual([]);
  expect(judgements.counts).toEqual({ read: 6, good: 2, bad: 2, neither: 1, elsewhere: 1 });
});

const item = (parts: TraceItem["parts"]): JudgedItem => ({
  id: "i",
  at: "2026-11-01T00:00:00Z",
  parts,
  verdicts: ["good"],
});

test("the fields that hold question and documents are found, and guessed in the order of what usually holds what", () => {
  const items = [
    item({
      input: '{"query":"how to pay","top_k":2}',
      output: { documents: [{ content: "Pay so." }, { content: "Or so." }] },
    }),
    item({ input: '{"query":"refunds"}', output: { documents: [] }, metadata: { tenant: "a" } }),
  ];
  const fields = findFields(items);
  const mapping = guessMapping(fields);
  expect(mapping).toEqual({ question: ["input"], documents: ["output"], negatives: null, first: null });
  expect(fields.questions.slice(0, 2)).toMatchObject([
    { path: ["input"], found: 2, example: "how to pay" },
    { path: ["input", "query"], found: 2 },
  ]);
  expect(fields.documents[0]).toEqual({ path: ["output"], found: 1, example: "Pay so. · Or so.", mean: 2 });
  expect(guessMapping(findFields([item({ input: "only this" })]))).toBeNull();
});

test("a mapping takes what stands at its paths, the first so many documents, and says why an item gives nothing", () => {
  const one = item({ input: { ask: "how" }, expectedOutput: ["a", "b", "c"], metadata: '{"wrong":["d"]}' });
  const mapping = {
    question: ["input", "ask"],
    documents: ["expectedOutput"],
    negatives: ["metadata", "wrong"],
    first: 2,
  } as const;
  expect(applyMapping(one, mapping)).toMatchObject({ query: "how", documents: ["a", "b"], negatives: ["d"] });
  expect(applyMapping(one, { ...mapping, question: ["input", "toString"] })).toBe("no-question");
  expect(applyMapping(one, { ...mapping, documents: ["output"] })).toBe("no-documents");
  expect(valueAt(one, ["metadata", "wrong"])).toEqual(["d"]);
});
