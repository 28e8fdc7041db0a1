import { expect, it } from "vitest";
import { jsonl, parsePairs } from "../../../testing/parsePairs.ts";
import { columnLines, heldWords, testFileWords } from "./fileWords.ts";

it("parts what is held back into dev and test", () => {
  expect(heldWords({ devRows: 20, testRows: 80 })).toBe("and 20 for dev, 80 for the test");
  expect(heldWords({ devRows: 0, testRows: 80 })).toBe("and 80 for the test");
  expect(heldWords({ devRows: 0, testRows: 0 })).toBe(false);
  expect(testFileWords({ rows: 100, dev: 20 })).toBe("80 pairs, and 20 for dev");
  expect(testFileWords({ rows: 80, dev: 0 })).toBe("80 pairs");
});

it("says which columns are a teacher's scores, which part the results, and by what rule the rest does not", async () => {
  const row = (source: string, language: string) => ({
    query: `ask about ${source}`,
    pos: [`an answer about ${source} in words`],
    neg: [`another answer about ${source}`],
    pos_scores: [0.9],
    neg_scores: [0.1],
    source,
    Language: language,
  });
  const file = await parsePairs(jsonl(row("a", "en"), row("b", "de"), row("c", "en"), row("c", "de"), row("a", "en")));
  expect(columnLines(file)).toEqual([
    "“pos_scores”, “neg_scores”: a teacher's scores. “Learn from the teacher's scores” on Train, under Advanced, uses them.",
    "“Language”: Compare and Inspect can part the results by it.",
    "Not used: “source”. Results are parted by a column of 2 to 50 short values (up to 80 characters), each of them in 2 rows on average.",
  ]);
});

it("does not call the columns unused that say where a pair comes from", async () => {
  const row = (i: number) => ({
    query: `ask about number ${i}`,
    positive: `an answer about number ${i} in some words`,
    origin: "weak",
    source_document: `part-${i}.md`,
  });
  expect(columnLines(await parsePairs(jsonl(...[1, 2, 3, 4].map(row))))).toEqual([]);
});
