import Papa from "papaparse";
import { at } from "../src/domain/present.ts";
import { jsonl, samplePairs } from "./pairs.ts";
import { drop, dropAll, openStudio } from "./steps.ts";
import { expect, test } from "./studio.ts";

const all = samplePairs(80);
const pairs = all.slice(0, 40);
/** A document of none of the pairs, another one for each. */
const wrong = (index: number): string => at(all, index + pairs.length).positive;

test("what only the person knows is asked: the document, hard negatives, from which score on a pair is a match", async ({
  page,
  studio,
}) => {
  await openStudio(page, studio, "/data");
  const main = page.getByRole("main");
  const goOn = page.getByRole("button", { name: /Continue to Train/ });
  const again = async (name: string, content: string) => {
    await drop(page, name, content);
    const ask = page.getByRole("button", { name: "A new data set" });
    if (name !== "answers.csv") await ask.click();
  };

  await test.step("answer and context stand side by side: nothing goes on before one is chosen", async () => {
    const rows = pairs.map(({ query, positive }, i) => ({
      question: query,
      answer: `Short ${i}.`,
      context: positive,
      other: wrong(i),
    }));
    await again("answers.csv", Papa.unparse(rows));
    await expect(main.getByText("Which column is the document?")).toBeVisible();
    await expect(main.getByRole("combobox", { name: "Document that answers it" })).toHaveValue("context");
    await expect(goOn).toBeDisabled();
  });
  await test.step("hard negatives are picked, and do not answer the question", async () => {
    await main.getByRole("combobox", { name: "Hard negatives" }).click();
    await page.getByRole("option", { name: "other" }).click();
    await expect(main.getByText("CSV, recognized as question/context/other", { exact: true })).toBeVisible();
    await expect(main.getByText("Which column is the document?")).toBeVisible();
    await main.getByRole("button", { name: "These columns are right" }).click();
    await expect(main.getByText(/recognized as question\/context\/other, confirmed by you/)).toBeVisible();
    await expect(goOn).toBeEnabled();
  });
  await test.step("a score waits for a threshold; low pairs become hard negatives", async () => {
    const rows = pairs.flatMap(({ query, positive }, i) => [
      { query, positive, similarity: 0.9 },
      { query, positive: wrong(i), similarity: 0.1 },
    ]);
    await again("graded.jsonl", jsonl(rows));
    await expect(main.getByText("Which scores count as a match?")).toBeVisible();
    await expect(main.getByText(/“similarity” grades the pairs: 0.1 \(40\), 0.9 \(40\)/)).toBeVisible();
    await expect(goOn).toBeDisabled();
    await main.getByLabel("Hard negative below").fill("0.5");
    await main.getByRole("button", { name: "Apply the threshold" }).click();
    await expect(main.getByText(/40 matches, 40 hard negatives, 0 left out/)).toBeVisible();
    await expect(main.getByText(/of 40 rows/)).toBeVisible();
    await expect(main.getByText("Which scores count as a match?")).toBeHidden();
  });
});

test("the three files of a BEIR set, dropped together, are a data set with its corpus", async ({ page, studio }) => {
  await openStudio(page, studio, "/data");
  const main = page.getByRole("main");
  await dropAll(page, [
    {
      name: "corpus.jsonl",
      content: jsonl(pairs.map(({ positive }, i) => ({ _id: `d${i}`, title: "", text: positive }))),
    },
    { name: "queries.jsonl", content: jsonl(pairs.map(({ query }, i) => ({ _id: `q${i}`, text: query }))) },
    {
      name: "qrels.tsv",
      content: ["query-id\tcorpus-id\tscore", ...pairs.slice(0, 30).map((_, i) => `q${i}\td${i}\t1`)].join("\n"),
    },
  ]);
  await expect(main.getByText(/recognized as BEIR/)).toBeVisible();
  await expect(main.getByText(/of 30 rows/)).toBeVisible();
  await expect(main.getByText(/10 queries have no judgement in qrels.tsv/)).toBeVisible();
  await expect(main.getByText("and 40 from the corpus")).toBeVisible();
});
