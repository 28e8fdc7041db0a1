import { gzipSync, strToU8 } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import Papa from "papaparse";
import type { Page } from "@playwright/test";
import { at } from "../src/domain/present.ts";
import { asFile, jsonl, samplePairs } from "./pairs.ts";
import { chooseFile, openStudio } from "./steps.ts";
import { expect, test } from "./studio.ts";

const pairs = samplePairs(40);
const wrong = (index: number): string => at(pairs, (index + 17) % pairs.length).positive;
const choose = (page: Page, name: string, content: string | Uint8Array) =>
  page.locator("input[type=file]").first().setInputFiles(asFile(name, content));
const message = (role: string, content: string) => ({ role, content });
const byId = (texts: string[], letter: string) => Object.fromEntries(texts.map((text, i) => [`${letter}${i}`, text]));

/** The same forty pairs in every form that is read, with the name that the screen has to say. */
const DIALECTS: readonly [file: string, content: () => string | Uint8Array, said: string][] = [
  ["plain.jsonl", () => jsonl(pairs), "JSONL, recognized as query/positive"],
  [
    "negatives.jsonl",
    () => jsonl(pairs.map((pair, i) => ({ ...pair, negatives: [wrong(i)] }))),
    "JSONL, recognized as query/positive/negatives",
  ],
  [
    "anchor.jsonl",
    () =>
      jsonl(
        pairs.map(({ query, positive }, i) => ({
          anchor: query,
          positive,
          negative_1: wrong(i),
          negative_2: wrong(i + 3),
        })),
      ),
    "JSONL, recognized as anchor/positive/negative",
  ],
  [
    "pos-neg.jsonl",
    () => jsonl(pairs.map(({ query, positive }, i) => ({ query, pos: [positive], neg: [wrong(i)] }))),
    "JSONL, recognized as query/pos/neg",
  ],
  [
    "qa.jsonl",
    () => jsonl(pairs.map(({ query, positive }) => ({ question: query, answer: positive }))),
    "JSONL, recognized as question/answer",
  ],
  [
    "document.jsonl",
    () => jsonl(pairs.map(({ query, positive }) => ({ query, document: positive }))),
    "JSONL, recognized as query/document",
  ],
  [
    "arrays.jsonl",
    () => jsonl(pairs.map(({ query, positive }) => [query, positive])),
    "JSONL, recognized as sentence pairs",
  ],
  [
    "evaluator.json",
    () =>
      JSON.stringify({
        queries: byId(
          pairs.map(({ query }) => query),
          "q",
        ),
        corpus: byId([...pairs.map(({ positive }) => positive), "A page that answers nothing of this."], "d"),
        relevant_docs: Object.fromEntries(pairs.map((_, i) => [`q${i}`, [`d${i}`]])),
      }),
    "JSON, recognized as queries/corpus/relevant_docs",
  ],
  [
    "swift.jsonl",
    () =>
      jsonl(
        pairs.map(({ query, positive }, i) => ({
          messages: [message("user", query)],
          positive_messages: [[message("user", positive)]],
          negative_messages: [[message("user", wrong(i))]],
        })),
      ),
    "JSONL, recognized as messages/positive_messages/negative_messages",
  ],
  ["table.csv", () => Papa.unparse(pairs), "CSV, recognized as query/positive"],
  ["table.tsv", () => Papa.unparse(pairs, { delimiter: "\t" }), "TSV, recognized as query/positive"],
  [
    "table.parquet",
    () =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: (["query", "positive"] as const).map((name) => ({ name, data: pairs.map((pair) => pair[name]) })),
        }),
      ),
    "PARQUET, recognized as query/positive",
  ],
  ["packed.jsonl.gz", () => gzipSync(strToU8(jsonl(pairs))), "JSONL, recognized as query/positive"],
];

test("every dialect is recognized, said, and comes to the same pairs; columns can be swapped", async ({
  page,
  studio,
}) => {
  await openStudio(page, studio, "/data");
  const main = page.getByRole("main");
  for (const [name, content, said] of DIALECTS)
    await test.step(name, async () => {
      await choose(page, name, content());
      await expect(page.getByRole("combobox", { name: "Open data set" })).toHaveValue(new RegExp(name));
      await expect(main.getByText(said, { exact: true })).toBeVisible();
      await expect(main.getByRole("region", { name: "Preview" }).getByText(at(pairs, 0).query)).toBeVisible();
      await expect(main.getByText(/of 40 rows/)).toBeVisible();
    });
  await test.step("guessed columns wait for a word, and a swap is one click", async () => {
    await choose(page, "odd.csv", Papa.unparse(pairs.map(({ query, positive }) => ({ left: query, right: positive }))));
    await expect(main.getByText("Which column is the query?")).toBeVisible();
    await expect(page.getByRole("button", { name: /Continue to Train/ })).toBeDisabled();
    await page.getByRole("button", { name: "Swap query and document" }).click();
    await expect(main.getByText(/recognized as right\/left, confirmed by you/)).toBeVisible();
    await expect(main.getByRole("cell", { name: at(pairs, 0).query, exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: /Continue to Train/ })).toBeEnabled();
  });
});

test("a leaking test file is caught, a corpus joins the search", async ({ page, studio }) => {
  await openStudio(page, studio, "/data");
  const main = page.getByRole("main");
  const goOn = page.getByRole("button", { name: /Continue to Train/ });
  const all = samplePairs(100);
  await choose(page, "train.jsonl", jsonl(all.slice(0, 80)));
  await expect(goOn).toBeEnabled();
  const hash = main.getByText(/^Split hash/);
  const before = await hash.innerText();

  await test.step("rows that stand in both files stop the split, with their number", async () => {
    // Five questions of the training file, in other letters: the texts are the same after normalization.
    const leaked = all.slice(0, 5).map(({ query, positive }) => ({ query: ` ${query.toUpperCase()} `, positive }));
    await chooseFile(page, "Choose a test file", asFile("test.jsonl", jsonl([...all.slice(80), ...leaked])));
    await expect(main.getByText(/\b5\b.*(test|training)/).first()).toBeVisible();
    await expect(goOn).toBeDisabled();
  });
  await test.step("the person leaves them out of training, and the split is proven to be another", async () => {
    await page
      .getByRole("button", { name: /Leave (these|out)|leave out/i })
      .first()
      .click();
    await expect(goOn).toBeEnabled();
    await expect(hash).not.toHaveText(before);
    await expect(main.getByText("Test: 25")).toBeVisible();
  });
  await test.step("documents of a corpus file are counted", async () => {
    const corpus = asFile("corpus.txt", "A page about nothing.\nAnother page about nothing.\n");
    await chooseFile(page, "Choose a corpus file", corpus);
    await expect(main.getByText("corpus.txt: 2 documents")).toBeVisible();
    await expect(goOn).toBeEnabled();
  });
});
