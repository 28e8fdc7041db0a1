import { expect, test } from "vitest";
import { parseAnswer } from "./answer.ts";

test.each<[string, string, string[]]>([
  ["the object that was asked for", '{"questions": ["a b", "c d"]}', ["a b", "c d"]],
  ["prose around it", 'Sure! Here you go:\n{"questions": ["a b"]}\nAnything else?', ["a b"]],
  ["a code fence", '```json\n{"questions": ["a b"]}\n```', ["a b"]],
  ["a bare list", '["a b", "c d"]', ["a b", "c d"]],
  ["objects in the list", '{"questions": [{"question": "a b"}, {"query": "c d"}]}', ["a b", "c d"]],
  ["another name", '{"queries": ["a b"]}', ["a b"]],
  ["a thought before it", '<think>["no", "these"]</think>{"questions": ["a b"]}', ["a b"]],
  [
    "brackets in prose before it",
    'For vec![] and [1]: {"questions": ["what is [x] in {y}?"]}',
    ["what is [x] in {y}?"],
  ],
  ["a numbered list", "Questions:\n1. **a b**\n2) “c d”\n", ["a b", "c d"]],
  ["a dashed list", "- a b\n* c d", ["a b", "c d"]],
  ["white space and quotes", '{"questions": ["  a\\n b ", "\\"c d\\"", " "]}', ["a b", "c d"]],
  ["nothing to ask", '{"questions": []}', []],
  ["more than were asked for", '["a","b","c","d","e","f","g"]', ["a", "b", "c", "d", "e"]],
])("reads %s", (_, text, questions) => {
  expect(parseAnswer(text)).toEqual(questions);
});

test.each([
  ["I'm sorry, but I can't help with that.", "answer-refused"],
  ["", "answer-unreadable"],
  ['{"questions": ["a b", "c', "answer-unreadable"],
  ['{"answer": 42}', "answer-unreadable"],
  ["The vec![] macro makes a vector.", "answer-unreadable"],
])("says what is wrong with %s", (text, code) => {
  expect(() => parseAnswer(text)).toThrow(expect.objectContaining({ code }));
});

test("an answer full of brackets costs no time", () => {
  expect(() => parseAnswer("[".repeat(100_000))).toThrow(expect.objectContaining({ code: "answer-unreadable" }));
});
