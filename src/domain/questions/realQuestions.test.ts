import { expect, test } from "vitest";
import type { Passage } from "./passage.ts";
import { readRealQuestions, realPairs } from "./realQuestions.ts";

const passage = (document: string, part: number, title: string, text: string): Passage => ({
  id: `${document}#${part}`,
  document,
  title,
  heading: null,
  text,
});
const passages = [
  passage("manual/brakes.md", 1, "Brakes", "Brake pads are replaced when less than one millimeter of lining is left."),
  passage("manual/brakes.md", 2, "Brakes", "The cable is tightened by the barrel adjuster at the lever."),
  passage("manual/chain.md", 1, "Chain care", "The chain is cleaned every five hundred kilometers with a dry cloth."),
  passage("old/chain.md", 1, "Chains of 1990", "Chains of this time had bushings."),
];
const read = (name: string, text: string) => readRealQuestions({ name, file: new Blob([text]) }, passages);

test("a document is named by its path, its file's name, its title, or words of a passage", async () => {
  const csv = `question,document
when do pads go,brakes.md
how often do I oil it,manual/chain.md
what of the chain,CHAIN CARE
how do I tighten the cable,the cable is tightened by the   barrel adjuster
which chain is it,chain.md
who knows,nowhere.md
when do pads go,chain care
`;
  const found = await read("asked.csv", csv);
  expect(found.map(({ passages: ids }) => ids)).toEqual([
    ["manual/brakes.md#1", "manual/brakes.md#2", "manual/chain.md#1"],
    ["manual/chain.md#1"],
    ["manual/chain.md#1"],
    ["manual/brakes.md#2"],
    [], // two files have this name
    [],
  ]);
});

test("a plain list names no document; an empty one is refused", async () => {
  expect(await read("asked.txt", "how often do I oil it\n\n when do pads go \n")).toEqual([
    { text: "how often do I oil it", passages: [] },
    { text: "when do pads go", passages: [] },
  ]);
  await expect(read("asked.txt", " \n\n")).rejects.toMatchObject({ code: "real-questions-none" });
});

test("fifty that name a document are a test, with all its passages as answers; fewer are none", () => {
  const byId = new Map(passages.map((one) => [one.id, one]));
  const asked = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      text: `question ${i}`,
      passages: i % 2 ? [] : ["manual/brakes.md#1", "manual/brakes.md#2"],
    }));
  expect(realPairs(asked(98), byId)).toEqual([]);
  const pairs = realPairs(asked(100), byId);
  expect(pairs).toHaveLength(50);
  expect(pairs[0]).toEqual({
    query: "question 0",
    positive: passages.slice(0, 2).map(({ text }) => text),
    source_document: "manual/brakes.md",
  });
});
