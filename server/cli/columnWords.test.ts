import { expect, test } from "vitest";
import { columnLines } from "./columnWords.ts";
import { parsePairs, jsonl } from "../../src/testing/parsePairs.ts";

const RULE = expect.stringContaining("Results are parted by a column of 2 to 50 short values");
const row = (i: number, more: object) => ({ query: `ask about ${i}`, positive: `an answer about ${i}`, ...more });

test("the rule by which a column parts the results is said where one does and another does not", async () => {
  const serials = columnLines(await parsePairs(jsonl(...[1, 2, 3, 4].map((i) => row(i, { serial: `s${i}` })))));
  expect(serials[0]).toContain("not used: serial");
  expect(serials).not.toContainEqual(RULE);
  const both = columnLines(
    await parsePairs(jsonl(...[1, 2, 3, 4].map((i) => row(i, { serial: `s${i}`, language: i % 2 ? "en" : "de" })))),
  );
  expect(both).toContain('  results can be parted by "language"');
  expect(both).toContainEqual(RULE);
});
