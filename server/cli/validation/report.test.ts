import { describe, expect, it } from "vitest";
import type { Metrics } from "../../../src/domain/evaluation/types.ts";
import { isComplete, refreshSummary, snapshotName, summarize, writeReport } from "./report.ts";
import type { Evaluation, Snapshot, TestReport } from "./snapshot.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const tests: TestReport = {
  complete: true,
  long: false,
  seconds: 480,
  steps: [
    { name: "types", succeeded: true, seconds: 6, passed: 1, failed: 0, skipped: 0 },
    { name: "unit", succeeded: true, seconds: 200, passed: 997, failed: 0, skipped: 2 },
  ],
};
const evaluation: Evaluation = {
  data: "Bundled sample",
  hashes: { train: "a".repeat(64), test: "b".repeat(64) },
  rows: { train: 897, test: 256 },
  base: { id: "qwen3-embedding-tiny", sha256: "c".repeat(64) },
  fingerprint: "d".repeat(64),
  backend: "wasm",
  steps: 29,
  seconds: 190,
  queries: 256,
  corpus: 80,
  bm25: { "recall@10": 0.5, "mrr@10": 0.25 } as Metrics,
  comparisons: [
    {
      metric: "recall@10",
      baseline: 0.6,
      tuned: 0.75,
      delta: 0.15,
      interval: [0.1, 0.2],
      pValue: 0.0002,
      minimumDetectableEffect: 0.05,
      verdict: "improved",
      queries: 256,
    },
    {
      metric: "mrr@10",
      baseline: 0.4,
      tuned: 0.39,
      delta: -0.01,
      interval: [-0.03, 0.01],
      pValue: 0.4,
      minimumDetectableEffect: 0.03,
      verdict: "inconclusive",
    },
  ],
};
const snapshot: Snapshot & { tests: TestReport } = {
  startedAt: "2026-11-28T10:00:00.000Z",
  commit: COMMIT,
  version: "0.1.0",
  machine: { system: "Linux 6", processor: "EPYC", cores: 2, memoryGiB: 15.6, node: "20.20.2", loadBefore: 0.4 },
  tests,
  evaluations: [evaluation],
};

describe("a snapshot's report", () => {
  it("holds machine, counts, durations, hashes and the table with intervals", () => {
    const report = writeReport(snapshot);
    for (const line of [
      "# Validation of 2026-11-28",
      `| commit | \`${COMMIT}\` |`,
      "| machine | 2 × EPYC, 16 GiB, Linux 6 |",
      "| unit | passed | 997 | 0 | 2 | 3.3 min |",
      "| recall@10 | 50.00 | 60.00 | 75.00 | +15.00 | [+10.00, +20.00] | 0.0002 | improved |",
      "| mrr@10 | 25.00 | 40.00 | 39.00 | −1.00 | [−3.00, +1.00] | 0.4000 | inconclusive |",
      `| base qwen3-embedding-tiny, weights | \`${"c".repeat(64)}\` |`,
      `| tuned model, fingerprint | \`${"d".repeat(64)}\` |`,
      `| training rows | \`${"a".repeat(64)}\` |`,
      `| test rows | \`${"b".repeat(64)}\` |`,
    ])
      expect(report.split("\n")).toContain(line);
    expect(report).toContain("998 passed, 0 failed, 2 skipped in 8.0 min");
    expect(report).toContain("Improved: recall@10 rose by 15.0 points on 256 queries");
    expect(report).not.toMatch(/partial|Not a full run|undefined|NaN/);
  });

  it("says when steps were left out, fail, or were not asked for, and when the tree was not the commit", () => {
    const unit = { name: "unit", succeeded: false, seconds: 5, passed: 3, failed: 1, skipped: 0 };
    const partial: Snapshot = {
      ...snapshot,
      commit: `${COMMIT}-dirty`,
      tests: { ...tests, complete: false, steps: [unit] },
      evaluations: null,
    };
    const report = writeReport(partial);
    expect(report).toContain("# Validation of 2026-11-28 (partial)");
    expect(report).toContain("**Not a full run:**");
    expect(report).toContain("**with changes that are not in it**");
    expect(report).toContain("| unit | **FAILED** | 3 | 1 | 0 | 5 s |");
    expect(report).toContain("Not asked for (`RUN_EMBEDDING_EVAL=true npm run validate`).");
    expect(writeReport({ ...snapshot, tests: null })).toContain("says nothing about the tests");
    const failed = writeReport({ ...snapshot, evaluations: null, evaluationProblem: "npm run train ended with 1." });
    expect(failed).toContain("**There is no evaluation:** npm run train ended with 1.");
    expect(failed).not.toContain("Not asked for");
  });

  it("is named by day and commit, and never as a full run when it is none", () => {
    expect(snapshotName(snapshot)).toBe("2026-11-28-0123456789ab");
    expect(snapshotName({ ...snapshot, commit: `${COMMIT}-dirty` })).toBe("2026-11-28-0123456789ab-dirty");
    expect(snapshotName({ ...snapshot, commit: null, tests: null })).toBe("2026-11-28-no-commit-partial");
    expect(isComplete({ ...snapshot, tests: { ...tests, complete: false } })).toBe(false);
  });
});

describe("the summary", () => {
  const page = "Before\n\n<!-- snapshot: written by npm run validate -->\n\nold\n\n<!-- end of snapshot -->\n\nAfter\n";

  it("takes the old one's place between the markers, any number of times", () => {
    const summary = summarize(snapshot, "validation/x.md");
    expect(summary).toBe(
      "[2026-11-28](validation/x.md): **998 passed, 0 failed, 2 skipped** in 8.0 min on 2 × EPYC, Node 20.20.2.\n\n" +
        "Bundled sample: recall@10 60.00 → 75.00 %, +15.00 points [+10.00, +20.00].",
    );
    const once = refreshSummary(page, summary);
    expect(once).toBe(page.replace("old", summary));
    expect(refreshSummary(once, summary)).toBe(once);
  });

  it("refuses a page without markers instead of losing its text", () => {
    expect(() => refreshSummary("Nothing here", "x")).toThrow("no place for the summary");
    expect(() => refreshSummary(page.replace("<!-- end of snapshot -->", ""), "x")).toThrow("no place");
  });
});
