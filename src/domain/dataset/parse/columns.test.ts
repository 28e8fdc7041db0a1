import { describe, expect, test } from "vitest";
import { jsonl, parsePairs } from "../../../testing/parsePairs.ts";
import { openDoubts } from "../openDoubts.ts";
import type { ColumnChoice } from "./choice.ts";

const TEXT = "a text of some words";
const records = (make: (i: number) => unknown, count = 6) => jsonl(...Array.from({ length: count }, (_, i) => make(i)));
const columnsOf = async (content: string, choice: ColumnChoice | null = null, fileName = "pairs.jsonl") => {
  const { dialect, rows, badLines } = await parsePairs(content, fileName, choice);
  const { query, positive, negative } = dialect;
  return { query, positive, negative, doubts: openDoubts(dialect), rows, badLines, dialect };
};
const uuid = (i: number) => `3f2504e0-4f89-11d3-9a0c-0305e82c330${i}`;

/** What columns have to be taken from records of these fields, and what the person has to be asked. */
test.each<[string, Record<string, unknown>, [query: string, positive: string, negative?: string[]], string[]]>([
  [
    "DPR with random negatives too",
    {
      question: TEXT,
      answers: ["x y"],
      positive_ctxs: [{ title: "T", text: TEXT }],
      negative_ctxs: [{ text: "n" }],
      hard_negative_ctxs: [{ text: "n" }],
    },
    ["question", "positive_ctxs", ["hard_negative_ctxs"]],
    [],
  ],
  [
    "Tevatron",
    {
      query_id: "7",
      query: TEXT,
      positive_passages: [{ docid: "1", title: "T", text: TEXT }],
      negative_passages: [{ docid: "2", text: "n" }],
    },
    ["query", "positive_passages", ["negative_passages"]],
    [],
  ],
  ["preferences", { prompt: TEXT, chosen: TEXT, rejected: "worse text" }, ["prompt", "chosen", ["rejected"]], []],
  [
    "FlagEmbedding with teacher scores",
    { query: TEXT, pos: [TEXT], neg: ["n"], pos_scores: [0.7], neg_scores: [0.1] },
    ["query", "pos", ["neg"]],
    [],
  ],
  [
    "RAGAS, earlier names",
    { question: TEXT, contexts: [TEXT, TEXT], ground_truth: TEXT, answer: TEXT },
    ["question", "contexts"],
    ["documents"],
  ],
  [
    "question, answer, passage",
    { Question: TEXT, Answer: TEXT, Passage: TEXT },
    ["Question", "Passage"],
    ["documents"],
  ],
  [
    "camel case",
    { userInput: TEXT, referenceContexts: [TEXT], reference: TEXT },
    ["userInput", "referenceContexts"],
    ["documents"],
  ],
  ["plural names", { id: "a1", queries: TEXT, passages: TEXT }, ["queries", "passages"], []],
  ["nested under a name", { row_idx: 4, row: { query: TEXT, positive: TEXT } }, ["row.query", "row.positive"], []],
  ["texts in objects", { query: { text: TEXT }, document: { title: "T", text: TEXT } }, ["query", "document"], []],
  [
    "SQuAD beside a text of the answer",
    { context: TEXT, question: TEXT, answers: { text: ["some"], answer_start: [7] } },
    ["question", "context"],
    [],
  ],
  ["question 1 and 2", { question1: TEXT, question2: TEXT, id: 4 }, ["question1", "question2"], []],
  ["a document that is an id beside the text", { query: TEXT, document: "d12", text: TEXT }, ["query", "text"], []],
  ["Spanish", { pregunta: TEXT, respuesta: TEXT }, ["pregunta", "respuesta"], []],
  [
    "unknown names beside ids",
    { hash: "5a00f1", uid: uuid(1), left: "short text", right: "a longer text of more words" },
    ["left", "right"],
    ["names"],
  ],
  [
    "unknown names, the longer one first",
    { body_html: "a longer text of more words than that", ask: "short" },
    ["ask", "body_html"],
    ["names"],
  ],
  ["a known query alone", { query: TEXT, wiki: TEXT, link: "https://example.org/1" }, ["query", "wiki"], ["names"]],
])("%s", async (_, fields, [query, positive, negative = []], doubts) => {
  const found = await columnsOf(records(() => fields));
  expect(found).toMatchObject({ query, positive, negative, doubts });
  expect(found.rows.length + found.badLines.length).toBe(6);
});

describe("ids are never taken for texts", () => {
  test.each([
    ["whole numbers", (i: number) => String(i * 17)],
    ["UUIDs", uuid],
    ["short hashes", (i: number) => `5a00${i}f`],
    ["numbered names", (i: number) => `doc-${i}`],
    ["addresses", (i: number) => `https://example.org/${i}`],
  ])("%s under names that say nothing", async (_, id) => {
    const two = columnsOf(records((i) => ({ alpha: id(i), beta: `${TEXT} ${i}` })));
    await expect(two).rejects.toMatchObject({
      code: "dataset-one-column",
      message: expect.stringContaining('("beta"; the others'),
    });
    const three = await columnsOf(records((i) => ({ alpha: id(i), beta: `ask ${i} x`, gamma: `${TEXT} ${i}` })));
    expect(three).toMatchObject({ query: "beta", positive: "gamma", doubts: ["names"] });
  });
  test("a query column of ids is asked about", async () => {
    const found = await columnsOf(records((i) => ({ query: `q${i}`, document: `d${i}`, score: 1 })));
    expect(found.doubts).toEqual(["ids"]);
    expect((await columnsOf(records((i) => ({ query: uuid(i), document: TEXT })))).doubts).toEqual(["ids"]);
  });
  test("nor are categories", async () => {
    const found = await columnsOf(
      records((i) => ({ kind: i % 2 ? "bike" : "car", one: `ask ${i}`, two: `${TEXT} ${i}` }), 20),
    );
    expect(found).toMatchObject({ query: "one", positive: "two" });
  });
});

describe("columns that were chosen", () => {
  const content = records((i) => ({ question: `ask ${i} x`, answer: `short ${i} x`, context: TEXT, wrong: `n ${i}` }));
  test("one of them leaves the others to their names", async () => {
    expect(await columnsOf(content, { positive: "answer" })).toMatchObject({
      query: "question",
      positive: "answer",
      doubts: [],
    });
    expect(await columnsOf(content, { query: "context" })).toMatchObject({
      query: "context",
      positive: "answer",
      doubts: [],
    });
    const negatives = await columnsOf(content, { positive: "context", negative: ["wrong", "answer"] });
    expect(negatives.rows[0]?.negatives).toEqual(["n 0", "short 0 x"]);
  });
  test.each([{ query: "nope" }, { positive: "nope" }, { negative: ["nope"] }, { scoreColumn: "nope" }])(
    "a name that is not there is refused with those that are: %j",
    async (choice) => {
      const hint = expect.stringContaining('"question", "answer", "context", "wrong"');
      await expect(columnsOf(content, choice)).rejects.toMatchObject({ code: "dataset-column-missing", hint });
    },
  );
  test("a negative column may first appear late", async () => {
    const late = [records(() => ({ query: "q", positive: "p" }), 300), jsonl({ query: "q", positive: "p", bad: "n" })];
    const found = await columnsOf(late.join("\n"), { negative: ["bad"] });
    expect(found.rows.at(-1)?.negatives).toEqual(["n"]);
  });
  test("a file without a header keeps its first record", async () => {
    const found = await columnsOf(
      "one ask\tone text\ntwo ask\ttwo text\n",
      { query: "column 2", positive: "column 1" },
      "t.tsv",
    );
    expect(found.rows.map(({ query }) => query)).toEqual(["one text", "two text"]);
  });
});

describe("lists", () => {
  test("of queries: each is a row of its own, with the document they share or with its own", async () => {
    const { rows, badLines } = await columnsOf(
      jsonl(
        { questions: ["a", "b"], context: "shared" },
        { questions: ["a", "b"], context: ["for a", "for b"] },
        { questions: ["a", "b"], context: ["1", "2", "3"] },
      ),
    );
    expect(rows.map(({ line, part = 0, query, positives }) => [line, part, query, positives])).toEqual([
      [1, 0, "a", ["shared"]],
      [1, 1, "b", ["shared"]],
      [2, 0, "a", ["for a"]],
      [2, 1, "b", ["for b"]],
    ]);
    expect(badLines).toMatchObject([{ line: 3, code: "unclear-pairs" }]);
  });
  test.each([
    ["Python", `['it''s', "b's"]`.replace("''", "\\'"), ["it's", "b's"]],
    ["JSON", '["a", "b"]', ["a", "b"]],
    ["numpy", "['a' 'b'\n 'c']", ["a", "b", "c"]],
    ["a struct", "{'text': ['a'], 'answer_start': [3]}", ["a"]],
    ["documents", "[{'title': 'T', 'text': 'a'}]", ["T\na"]],
    ["brackets in a text", "[1] See the note.", ["[1] See the note."]],
    ["code", '{"a": 1, "b": 2}', ['{"a": 1, "b": 2}']],
  ])("in a cell, as %s", async (_, cell, texts) => {
    const { rows } = await columnsOf(jsonl({ query: "q", document: cell }));
    expect(rows[0]?.positives).toEqual(texts);
  });
  test("a list in a cell that is broken is a bad line with the reason", async () => {
    const { badLines } = await columnsOf(
      jsonl({ query: "q", document: "['a', 'b' 7]" }, { query: "q", document: "p" }),
    );
    expect(badLines).toMatchObject([
      {
        line: 1,
        code: "broken-list",
        reason: 'The list in "document" cannot be read. A comma is missing before character 11.',
      },
    ]);
  });
});

test("an instruction with an input asks both; one that never changes asks nothing", async () => {
  const both = await columnsOf(
    records((i) => ({ instruction: `Tell ${i}`, input: i === 1 ? "more" : "", output: TEXT })),
  );
  expect(both.rows.map(({ query }) => query).slice(0, 3)).toEqual(["Tell 0", "Tell 1\nmore", "Tell 2"]);
  const task = await columnsOf(records((i) => ({ instruction: "Answer", input: `ask ${i}`, output: TEXT })));
  expect(task.rows[0]?.query).toBe("ask 0");
});
