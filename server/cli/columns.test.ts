import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runCommand } from "../testing/command.ts";
import { checkData } from "./dataCheck.ts";
import { evaluate } from "./evaluate.ts";
import { train } from "./train.ts";

const root = resolve(import.meta.dirname, "../..");
const nano = join(root, "src/testing/fixtures/nano");
const pairFiles = join(root, "src/testing/fixtures/pairs");
const folder = mkdtempSync(join(tmpdir(), "studio-columns-"));
afterAll(() => rmSync(folder, { recursive: true }));

const base = ["--base", nano, "--backend", "wasm"];
const pairs = (name: string): string[] => ["--pairs", join(pairFiles, name)];

describe("training never guesses", () => {
  test.each([
    [
      "08c-question-answer-context.csv",
      "Several of its columns could be the document",
      "--query-column question --document-column context",
    ],
    ["08-ragas.csv", "Several of its columns could be the document", "--document-column reference_contexts"],
    [
      "03-triples-literal-quotes.tsv",
      "do not say which is the query",
      '--query-column "column 1" --document-column "column 2" --negative-column "column 3"',
    ],
    [
      "02c-msswift-cosine-graded.jsonl",
      '"label" is a score: 0.05 (8), 0.85 (8)',
      "--score-column label --min-score 0.5",
    ],
    ["10-beir-queries.jsonl", "the queries of a BEIR set", "evaluate -- --beir DIR"],
  ])("on %s", async (file, message, hint) => {
    const { code, stderr } = await runCommand(
      train,
      ...base,
      "--base-id",
      "nano",
      ...pairs(file),
      "--out",
      join(folder, "never"),
    );
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});

test("flags settle it, the columns are printed, and the run trains on them; the test file follows as far as it can", async () => {
  const held = join(folder, "test.jsonl");
  writeFileSync(
    held,
    [...Array(3).keys()].map((i) => JSON.stringify({ question: `t${i}`, positive: `t${i + 100} t${i}` })).join("\n"),
  );
  const devSet = join(folder, "dev-set");
  mkdirSync(join(devSet, "qrels"), { recursive: true });
  writeFileSync(
    join(devSet, "queries.jsonl"),
    [3, 4].map((i) => JSON.stringify({ _id: `q${i}`, text: `t${i} t9` })).join("\n"),
  );
  writeFileSync(
    join(devSet, "corpus.jsonl"),
    [3, 4].map((i) => JSON.stringify({ _id: `d${i}`, title: "", text: `t${i} t8` })).join("\n"),
  );
  writeFileSync(join(devSet, "qrels/dev.tsv"), "query-id\tcorpus-id\tscore\nq3\td3\t1\nq4\td4\t1\n");
  const { code, stderr } = await runCommand(
    train,
    ...base,
    "--base-id",
    "nano",
    ...pairs("08c-question-answer-context.csv"),
    "--document-column",
    "context",
    "--negative-column",
    "answer",
    "--test",
    held,
    "--beir",
    devSet,
    "--epochs",
    "1",
    "--batch",
    "8",
    "--rank",
    "2",
    "--max-tokens",
    "16",
    "--no-general",
    "--out",
    join(folder, "chosen"),
  );
  expect(stderr).toContain(
    '08c-question-answer-context.csv (csv): query "question", document "context", hard negatives "answer"; not used: column 1, ticker',
  );
  expect(stderr).toContain('test.jsonl (jsonl): query "question", document "positive", hard negatives none');
  expect(stderr).toContain("queries.jsonl + corpus.jsonl + dev.tsv: BEIR");
  expect(code, stderr).toBe(0);
});

test("a threshold parts the pairs, and both commands say how", async () => {
  const graded = join(folder, "graded.jsonl");
  const rows = [...Array(12).keys()].flatMap((i) => [
    { query: `t${i}`, positive: `t${i + 100} t${i}`, similarity: 0.9 },
    { query: `t${i}`, positive: `t${i + 200} t${i}`, similarity: 0.1 },
    { query: `t${i}`, positive: `t${i + 300} t${i}`, similarity: 0.5 },
  ]);
  writeFileSync(graded, rows.map((row) => JSON.stringify(row)).join("\n"));
  const said = 'score "similarity": 12 matches from 0.7 on, 12 hard negatives, 12 left out';
  const flags = ["--min-score", "0.7", "--negative-below", "0.3"];
  const checked = await runCommand(checkData, graded, ...flags);
  expect(checked.stdout).toContain(said);
  const scored = await runCommand(evaluate, ...base, "--pairs", graded, ...flags, "--json");
  expect(scored.stderr).toContain(said);
  expect(JSON.parse(scored.stdout)).toMatchObject({ queries: 12, corpus: 24 });
  for (const [wrong, message] of [
    [["--negative-below", "0.3"], "--negative-below needs --min-score"],
    [["--min-score", "0.2", "--negative-below", "0.3"], "is above --min-score"],
    [["--score-column", "none", "--min-score", "0.2"], "exclude each other"],
    [["--score-column", "nope", "--min-score", "0.2"], 'no column "nope"'],
    [["--query-column", "nope"], 'no column "nope"'],
  ] as const) {
    const refused = await runCommand(evaluate, ...base, "--pairs", graded, ...wrong);
    expect(refused.stderr).toContain(message);
    expect(refused.code).toBe(2);
  }
});

describe("a BEIR folder", () => {
  const set = join(folder, "beir");
  mkdirSync(join(set, "qrels"), { recursive: true });
  copyFileSync(join(pairFiles, "10-beir-queries.jsonl"), join(set, "queries.jsonl"));
  copyFileSync(join(pairFiles, "10-beir-corpus.jsonl"), join(set, "corpus.jsonl"));
  test("without its judgements is refused, with them it is a test set", async () => {
    const without = await runCommand(evaluate, ...base, "--beir", set);
    expect(without).toMatchObject({ code: 2 });
    expect(without.stderr).toContain("there are no judgements in");
    copyFileSync(join(pairFiles, "10-beir-qrels-test.tsv"), join(set, "qrels/test.tsv"));
    const out = join(folder, "trec");
    const scoring = ["--beir", set, "--json", "--max-tokens", "16"];
    const { stdout, stderr } = await runCommand(evaluate, ...base, ...scoring, "--trec", out);
    expect(stderr).toContain("queries.jsonl + corpus.jsonl + test.tsv: BEIR");
    expect(JSON.parse(stdout)).toMatchObject({ queries: 16, corpus: 16, ndcgGain: "1" });
    // By the set's own ids, out and in.
    const [query = "", , document = ""] = readFileSync(join(out, "qrels.trec"), "utf8").split(/\s/);
    expect(readFileSync(join(set, "queries.jsonl"), "utf8")).toContain(`"${query}"`);
    expect(readFileSync(join(set, "corpus.jsonl"), "utf8")).toContain(`"${document}"`);
    const theirs = join(folder, "theirs.run");
    writeFileSync(theirs, `${query} Q0 ${document} 1 1 theirs\n`);
    const beside = await runCommand(evaluate, ...base, ...scoring, "--run", theirs);
    expect(JSON.parse(beside.stdout)).toMatchObject({ runs: [{ label: "theirs", metrics: { "recall@1": 1 / 16 } }] });
  });
  test("of a test alone is not trained on, and a check says so", async () => {
    const trained = await runCommand(
      train,
      ...base,
      "--base-id",
      "nano",
      "--beir",
      set,
      "--out",
      join(folder, "never"),
    );
    expect(trained).toMatchObject({ code: 2 });
    expect(trained.stderr).toContain("the set has no judgements for training, only a test");
    const checked = await runCommand(checkData, "--beir", set);
    expect(checked.stdout).toContain("✗ These judgements are a test (16 queries)");
    expect(checked.stdout).toContain("No split: These judgements are a test, and nothing is trained on them.");
    expect(checked.stdout).toContain("A test of a few hundred queries shows smaller ones.");
    expect(checked.stdout).not.toContain("Training works");
    expect(checked.code).toBe(1);
    expect((await runCommand(evaluate, ...base, "--beir", set, "--qrels", "dev")).stderr).toContain(
      "no judgements for dev",
    );
  });
  test("and pairs exclude each other", async () => {
    expect((await runCommand(evaluate, ...base)).stderr).toContain("--pairs FILE or --beir DIR is needed");
  });
});

test("a check names what is open, and which flags settle it", async () => {
  const { code, stdout } = await runCommand(checkData, join(pairFiles, "21f-label0.parquet"));
  expect(stdout).toContain(
    "7 matches from 1 on, 0 hard negatives, 0 left out, 7 low ones without a right document for their query (rows 1, 3, 5, 7, 9, 11, 13)",
  );
  expect(code).toBe(1); // seven pairs are too few
  const named = await runCommand(checkData, join(pairFiles, "21-int64-id-null-query.parquet"));
  expect(named.stdout).toContain("13 pairs, 1 row lost");
  expect(named.stdout).toContain('row 4: The query in "query" is null.');
  const open = await runCommand(checkData, join(pairFiles, "08c-question-answer-context.csv"));
  expect(open.stdout).toContain("✗ Several columns could be the document that answers the query");
  expect(open.stdout).toContain("--query-column question --document-column context");
  const settled = await runCommand(
    checkData,
    join(pairFiles, "08c-question-answer-context.csv"),
    "--document-column",
    "context",
  );
  expect(settled.stdout).toContain("Ready for training.");
});
