import { expect, test } from "vitest";
import type { Dialect } from "../types.ts";
import { parseDataset } from "./parseDataset.ts";

const parse = (content: string, fileName: string) => {
  const file = new Blob([content]);
  return parseDataset(file.stream(), { fileName, bytes: file.size });
};
const jsonl = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join("\n");

const dialects: [string, string, string, Partial<Dialect>, number][] = [
  [
    "query/positive/negatives",
    jsonl({ query: "q", positive: "p", negatives: ["n1", "n2"] }),
    "a.jsonl",
    { negative: ["negatives"] },
    2,
  ],
  [
    "anchor/positive/negative",
    jsonl({ anchor: "q", positive: "p", negative: "n1" }),
    "a.jsonl",
    { query: "anchor" },
    1,
  ],
  [
    "anchor/positive/negative",
    jsonl({ anchor: "q", positive: "p", negative_1: "n1", negative_2: "n2" }),
    "a.jsonl",
    { negative: ["negative_1", "negative_2"] },
    2,
  ],
  ["query/pos/neg", jsonl({ query: "q", pos: ["p"], neg: ["n1"] }), "a.jsonl", { positive: "pos" }, 1],
  [
    "question/answer",
    jsonl({ id: 4, question: "q", answer: "p" }),
    "a.jsonl",
    { query: "question", positive: "answer" },
    0,
  ],
  ["query/document", jsonl({ document: "p", query: "q" }), "a.jsonl", { positive: "document" }, 0],
  ["sentence pairs", jsonl(["q", "p"]), "a.jsonl", { query: "0", positive: "1" }, 0],
  ["sentence pairs", JSON.stringify([["q", "p"]]), "a.json", { query: "0" }, 0],
  [
    "messages/positive_messages/negative_messages",
    jsonl({
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: "q" },
      ],
      positive_messages: [[{ role: "user", content: "p" }]],
      negative_messages: [[{ role: "user", content: "n1" }], [{ role: "user", content: "n2" }]],
    }),
    "a.jsonl",
    { query: "messages" },
    2,
  ],
  ["query/positive", JSON.stringify([{ query: "q", positive: "p" }], null, 2), "a.json", {}, 0],
  ["query/positive", "query,positive\nq,p\n", "a.csv", {}, 0],
  ["query/positive/negative", "query;positive;negative\r\nq;p;n1\r\n", "a.csv", { negative: ["negative"] }, 1],
  ["question/answer", "question\tanswer\nq\tp", "a.tsv", {}, 0],
];

test.each(dialects)("dialect %s (%#)", async (name, content, fileName, expected, negatives) => {
  const parsed = await parse(content, fileName);
  expect(parsed.dialect).toMatchObject({ name, ...expected });
  expect(parsed.dialect.guessed).toBeUndefined();
  const all = ["n1", "n2"].slice(0, negatives);
  const line = /\.[ct]sv$/.test(fileName) ? 2 : 1; // behind the header
  expect(parsed.rows).toEqual([{ line, query: "q", positives: ["p"], negatives: all }]);
  expect(parsed.badLines).toEqual([]);
});
