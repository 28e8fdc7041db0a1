import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand } from "../testing/command.ts";
import { evaluate } from "./evaluate.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "studio-trec-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("texts and rankings go out by TREC id, and another system's run comes in beside the model", async () => {
  const pairs = join(folder, "pairs.jsonl");
  writeFileSync(
    pairs,
    [...Array(12).keys()].map((i) => JSON.stringify({ query: `t${i}`, positive: `t${i + 100} t${i}` })).join("\n"),
  );
  const common = [
    "--base",
    join(root, "src/testing/fixtures/nano"),
    "--backend",
    "wasm",
    "--pairs",
    pairs,
    "--max-tokens",
    "16",
  ];
  const out = join(folder, "trec");
  const written = await runCommand(evaluate, ...common, "--trec", out);
  expect(written.code, written.stderr).toBe(0);
  const ours = join(out, "baseline.run.trec");
  expect(readFileSync(join(out, "qrels.trec"), "utf8")).toContain("q11 0 d11 1\n");
  expect(readFileSync(join(out, "queries.jsonl"), "utf8")).toContain('{"_id":"q0","text":"t0"}');

  const theirs = join(folder, "theirs.run");
  writeFileSync(theirs, [...Array(11).keys()].map((i) => `q${i} Q0 d${i} 1 1 perfect\n`).join(""));
  const both = await runCommand(evaluate, ...common, "--run", theirs, "--run", ours, "--json");
  expect(both.stderr).toContain("theirs.run: 1 query has no line: an empty ranking, which finds nothing.");
  const { metrics, runs } = JSON.parse(both.stdout) as Record<string, unknown> & {
    runs: {
      label: string;
      metrics: Record<string, number>;
      against: { label: string; comparisons: { delta: number }[] }[];
    }[];
  };
  expect(runs.map(({ label }) => label)).toEqual(["perfect", "baseline (2)"]);
  expect(runs[0]?.metrics["recall@1"]).toBeCloseTo(11 / 12, 12);
  expect(runs[1]?.metrics).toEqual(metrics); // the round trip
  expect(runs[1]?.against.map(({ label, comparisons }) => [label, comparisons[0]?.delta])).toEqual([["baseline", 0]]);

  const words = await runCommand(evaluate, ...common, "--run", theirs);
  expect(words.stdout).toMatch(/^ +baseline +perfect$/m);
  expect(words.stdout).toMatch(/perfect (and|is)|between perfect and baseline/);
  const again = await runCommand(evaluate, ...common, "--trec", out);
  expect(again.stderr).toContain("--trec");
  expect(again.code).toBe(2);
  writeFileSync(theirs, "");
  expect((await runCommand(evaluate, ...common, "--run", theirs)).stderr).toContain("theirs.run is empty");
});
