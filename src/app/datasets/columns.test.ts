import { expect, it } from "vitest";
import { entry } from "../../domain/present.ts";
import { pairFile } from "../../testing/parsePairs.ts";
import { memoryDatasets as setup } from "../testing/datasets.ts";

const blob = (name: string): Blob => new Blob([new Uint8Array(pairFile(name))]);
const word = (i: number): string => ((i * 7919 + 13) % 100_003).toString(36);
/** Pairs with a good and a poor document each, and how good they are. */
const graded = (from: number, to: number): Blob =>
  new Blob([
    Array.from({ length: to - from }, (_, at) => from + at)
      .flatMap((i) => [
        {
          query: `ask ${word(i)} ${word(i + 1000)}`,
          positive: `right ${word(i + 2000)} ${word(i + 3000)}`,
          score: 0.9,
        },
        {
          query: `ask ${word(i)} ${word(i + 1000)}`,
          positive: `wrong ${word(i + 4000)} ${word(i + 5000)}`,
          score: 0.1,
        },
      ])
      .map((row) => JSON.stringify(row))
      .join("\n"),
  ]);

it("two columns that could be the document wait for a word; negatives chosen before do not answer for it", async () => {
  const { state } = setup();
  await state().addFile(blob("08c-question-answer-context.csv"), "qac.csv");
  expect(state().current?.summary.missing).toBe("Confirm the columns");
  await state().chooseColumns({ negative: ["answer"] }, false);
  expect(state().current?.preview[0]?.negative).toBe("Value 10.");
  expect(state().current?.summary.missing).toBe("Confirm the columns");
  await state().confirmColumns();
  expect(state().current?.summary.missing).toBeNull();
  expect(state().current?.split).not.toBeNull();
});

it("a score waits for a threshold, which confirming the columns does not give", async () => {
  const { state } = setup();
  await state().addFile(graded(0, 40), "graded.jsonl");
  await state().confirmColumns();
  expect(state().current?.summary.missing).toBe("Say from which score on a pair is a match");
  expect(state().current?.split).toBeNull();
  expect(state().report?.findings.map(({ code }) => code)).toContain("score-open");
  await state().chooseColumns({ score: { column: "score", min: 0.5, negativeBelow: 0.5 } }, false);
  expect(state().current?.summary.missing).toBeNull();
  expect(state().current?.summary.rows).toBe(40);
  expect(state().current?.preview[0]?.negative).toMatch(/^wrong/);
  expect(state().report?.findings.map(({ code }) => code)).toContain("scores-applied");
});

it("a test file is read by the threshold and columns of the main file, and refused where they do not tell", async () => {
  const { state, disk } = setup();
  await state().addFile(graded(0, 40), "graded.jsonl");
  await state().addTestFile(graded(50, 60), "test.jsonl");
  expect(state().readProblem?.problem).toMatchObject({ code: "test-columns-unclear" });
  expect(state().current?.test).toBeNull();
  await state().chooseColumns({ score: { column: "score", min: 0.5, negativeBelow: null } }, false);
  await state().addTestFile(graded(50, 60), "test.jsonl");
  expect(state().readProblem).toBeNull();
  expect(state().current?.test?.rows).toBe(10);
  expect(entry(disk, "id-1").test?.graded).toMatchObject({ matches: 10, leftOut: 10 });
  await state().addTestFile(blob("08c-question-answer-context.csv"), "qac.csv");
  expect(state().readProblem?.problem.message).toContain("question, answer, context");
});
