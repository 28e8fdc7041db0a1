import { expect, test } from "vitest";
import { documentsIn, questionIn } from "./values.ts";

const json = (value: unknown) => JSON.stringify(value);

test.each<[name: string, written: unknown]>([
  ["strings", ["First.", "Second."]],
  [
    "LangChain",
    [{ page_content: "First.", metadata: { source: "a.md" }, type: "Document" }, { page_content: "Second." }],
  ],
  ["LangChain in JavaScript", [{ pageContent: "First.", metadata: {} }, { pageContent: "Second." }]],
  [
    "LangChain, serialized",
    ["First.", "Second."].map((text) => ({
      lc: 1,
      type: "constructor",
      id: ["langchain", "schema", "document", "Document"],
      kwargs: { page_content: text, metadata: {} },
    })),
  ],
  [
    "LangChain with scores",
    [
      [{ page_content: "First." }, 0.8],
      [{ page_content: "Second." }, 0.7],
    ],
  ],
  [
    "LlamaIndex",
    { nodes: [{ node: { id_: "1", text: "First." }, score: 0.8 }, { node: { id_: "2", text: "Second." } }] },
  ],
  [
    "LlamaIndex of today",
    [{ node: { text_resource: { text: "First." } } }, { node: { text_resource: { text: "Second." } } }],
  ],
  ["OpenInference", [{ "document.content": "First.", "document.score": 0.8 }, { "document.content": "Second." }]],
  [
    "Haystack",
    {
      documents: [
        { id: "1", content: "First.", meta: {} },
        { id: "2", content: "Second." },
      ],
    },
  ],
  [
    "our own server",
    json([
      { documentId: "a", text: "First." },
      { documentId: "b", text: "Second." },
    ]),
  ],
  [
    "a vector store's payloads",
    {
      points: [
        { id: 1, payload: { text: "First." } },
        { id: 2, payload: { text: "Second." } },
      ],
    },
  ],
  [
    "matches with metadata",
    {
      matches: [
        { id: "1", metadata: { text: "First." } },
        { id: "2", metadata: { text: "Second." } },
      ],
    },
  ],
  ["lists of lists", { documents: [["First.", "Second."]] }],
  ["JSON in strings, twice", json(json([json({ content: "First." }), json({ text: "Second." })]))],
])("documents as %s write them", (_, written) => {
  expect(documentsIn(written)).toEqual(["First.", "Second."]);
  expect(documentsIn(json(written))).toEqual(["First.", "Second."]);
});

test("what is no document gives none", () => {
  for (const nothing of [null, undefined, 3, true, "", "  ", [], {}, "[]", { documents: [] }, { score: 1 }])
    expect(documentsIn(nothing), json(nothing)).toEqual([]);
  let deep: unknown = "text";
  for (let i = 0; i < 50; i++) deep = { content: deep };
  expect(documentsIn(deep)).toEqual([]);
  // A document that only looks like JSON at its beginning is a document.
  expect(documentsIn("[draft] How to pay")).toEqual(["[draft] How to pay"]);
  expect(documentsIn({ answer: "Paris" })).toEqual(["Paris"]);
});

test.each<[name: string, written: unknown]>([
  ["a string", " how to pay "],
  ["a JSON string", '"how to pay"'],
  ["Haystack", { query: "how to pay", top_k: 10, filters: null }],
  ["a chain", { input: "how to pay" }],
  ["LlamaIndex", { query_str: "how to pay" }],
  ["a query bundle", { str_or_query_bundle: 1, query: { query_str: "how to pay" } }],
  [
    "chat messages",
    [
      { role: "system", content: "Be kind." },
      { role: "user", content: "hello" },
      { role: "assistant", content: "Hello." },
      { role: "user", content: [{ type: "text", text: "how to pay" }] },
    ],
  ],
  [
    "LangChain messages",
    {
      messages: [
        { type: "human", content: "how to pay" },
        { type: "ai", content: "Hm." },
      ],
    },
  ],
])("a question as %s", (_, written) => {
  expect(questionIn(written)).toBe("how to pay");
  if (typeof written !== "string") expect(questionIn(json(written))).toBe("how to pay");
});

test("what is no question gives none", () => {
  for (const nothing of [null, 4, "", [], {}, { top_k: 3 }]) expect(questionIn(nothing)).toBeNull();
});
