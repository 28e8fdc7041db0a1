import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { GLOSSARY } from "./glossary.ts";

test("the guide explains each term with the sentence that the studio shows", () => {
  const guide = readFileSync(new URL("../../../docs/guide.md", import.meta.url), "utf8");
  const [, glossary = ""] = guide.split("## Glossary");
  const told = [...glossary.matchAll(/^- \*\*(.+?)\*\*: (.+(?:\n {2}.+)*)$/gm)].map(([, term = "", sentence = ""]) => [
    term,
    sentence.replace(/\n */g, " "),
  ]);
  const shown = Object.entries(GLOSSARY).toSorted(([a], [b]) => a.toLowerCase().localeCompare(b.toLowerCase()));
  expect(told.toSorted(([a = ""], [b = ""]) => a.toLowerCase().localeCompare(b.toLowerCase()))).toEqual(shown);
});
