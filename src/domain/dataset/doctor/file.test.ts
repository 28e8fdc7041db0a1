import { expect, test } from "vitest";
import { parseFile, parsePairs } from "../../../testing/parsePairs.ts";
import { openDoubts } from "../openDoubts.ts";
import { diagnose, type DiagnoseOptions } from "./diagnose.ts";

const codes = async (file: string, options?: DiagnoseOptions) => {
  const report = diagnose(await parseFile(file), options);
  return report.findings.map(({ code, severity }) => `${severity} ${code}`);
};

test("columns that only the person knows wait for a word", async () => {
  expect(await codes("08c-question-answer-context.csv")).toContain("blocking columns-guessed");
  expect(await codes("08c-question-answer-context.csv", { columnsConfirmed: true })).not.toContain(
    "blocking columns-guessed",
  );
});

test("a score waits for a threshold, whatever was confirmed", async () => {
  const file = "02c-msswift-cosine-graded.jsonl";
  expect(await codes(file, { columnsConfirmed: true })).toContain("blocking score-open");
  const chosen = diagnose(await parseFile(file, { score: { column: "label", min: 0.5, negativeBelow: null } }));
  expect(chosen.findings.map(({ code }) => code)).not.toContain("score-open");
  expect(chosen.findings.find(({ code }) => code === "scores-applied")).toMatchObject({
    severity: "info",
    sentence: 'By the score in "label", 8 documents are left out.',
    lines: [1, 3, 5, 7, 9, 11, 13, 15],
  });
});

test("bad lines are counted as lines, not as records", async () => {
  const report = diagnose(await parsePairs('query,positive\nq1,"a\nb\nc",d\nq2,p2\nq3,p3,x\n', "t.csv"));
  expect(report.badLines).toBe(4);
  expect(report.findings.find(({ code }) => code === "bad-lines")).toMatchObject({
    count: 4,
    sentence: "4 lines cannot be read as pairs.",
    lines: [2, 6],
  });
});

test("what was read leniently is said", async () => {
  const { findings } = diagnose(await parseFile("11d-array-trailing-comma.json"));
  expect(findings.find(({ code }) => code === "read-leniently")?.sentence).toContain("a comma too many");
});

test("a file of bad lines alone asks nothing about columns, and offers nothing that would leave no pair", async () => {
  const parsed = await parsePairs("question,answer\na,b,c\nd,e,f\n", "t.csv");
  expect(openDoubts(parsed.dialect)).toEqual([]);
  const { findings } = diagnose(parsed);
  expect(findings.find(({ code }) => code === "bad-lines")).toMatchObject({
    choices: [],
    advice: expect.stringMatching(/drop it again/) as string,
  });
});
