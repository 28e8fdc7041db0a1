import { expect, test } from "vitest";
import { buildRetrievalTask, columnSlices } from "../../evaluation/index.ts";
import { packRunTexts, unpackRunTexts } from "../../run/texts.ts";
import { jsonl, parsePairs } from "../../../testing/parsePairs.ts";
import { at, present } from "../../present.ts";
import type { Split } from "../types.ts";

const LONG = "a text that is much longer than what anybody would call a kind of question, as it goes on";
const rows = [...Array(120).keys()].map((i) => ({
  question: `how do I do thing number ${i}?`,
  answer: `this is the way to do thing number ${i}, as it has always been`,
  source: i % 3 === 0 ? "faq" : "chat",
  metadata: { product: { inner: 1 }, language: i % 2 === 0 ? "de" : "en", beta: i > 60 },
  id: `doc-${i}`,
  tier: i % 60,
  remark: i % 2 === 0 ? LONG : `${LONG}!`,
  always: "same",
  tags: ["a", "b"],
  rare: i === 0 ? "once" : null,
}));

test("columns of short values that come again are kept with their rows; texts, ids, lists and constants are not", async () => {
  const parsed = await parsePairs(jsonl(...rows), "pairs.jsonl", { query: "question", positive: "answer" });
  expect(parsed.kinds).toEqual(["source", "language", "beta"]);
  expect(at(parsed.rows, 0)).toMatchObject({
    query: rows[0]?.question,
    about: { source: "faq", language: "de", beta: "false" },
  });
  expect(Object.keys(at(parsed.rows, 61).about ?? {})).toEqual(["source", "language", "beta"]);
  const none = await parsePairs(jsonl(...rows.map(({ question, answer, id }) => ({ question, answer, id }))));
  expect(none.kinds).toBeUndefined();
  expect(none.rows.every(({ about }) => about === undefined)).toBe(true);
});

test("a table has them too, and the pairs' own columns are none", async () => {
  const lines = rows.map((_, i) => `question ${i} of a person,answer ${i} with words,${i % 2 ? "web" : "app"},weak,1`);
  const parsed = await parsePairs(`query,positive,channel,origin,score\n${lines.join("\n")}`, "pairs.csv");
  expect(parsed.kinds).toEqual(["channel"]);
  expect(at(parsed.rows, 1).about).toEqual({ channel: "web" });
});

test("a run's test keeps the columns beside its texts, by query, and is parted by them", async () => {
  const { rows: pairs } = await parsePairs(jsonl(...rows), "pairs.jsonl", { query: "question", positive: "answer" });
  const some = pairs.map((row, i) => (i === 101 ? { ...row, about: undefined } : row));
  const split: Split = {
    seed: 1,
    train: [],
    dev: [],
    test: [100, 101, 102, 103],
    hash: "h",
    component: some.map((_, i) => i),
  };
  const task = buildRetrievalTask(some, split);
  expect(task.columns).toEqual([
    { name: "source", values: ["chat", "faq"], of: [0, -1, 1, 0] },
    { name: "language", values: ["de", "en"], of: [0, -1, 0, 1] },
    { name: "beta", values: ["true"], of: [0, -1, 0, 0] },
  ]);
  const texts = { examples: [], dev: null, test: task };
  expect(unpackRunTexts(packRunTexts(texts)).test).toEqual(task);
  expect(
    columnSlices(at(present(task.columns, "columns"), 0)).map(({ by, name, queries }) => [by, name, queries]),
  ).toEqual([
    ["column source", "chat", [0, 3]],
    ["column source", "faq", [2]],
    ["column source", "no value", [1]],
  ]);
  const bare = buildRetrievalTask(
    some.map(({ about: _, ...row }) => row),
    split,
  );
  expect(bare.columns).toBeUndefined();
  expect(bare.taskHash).toBe(task.taskHash); // what is said of a query changes no score
});
