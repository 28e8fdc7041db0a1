import { describe, expect, it } from "vitest";
import { at } from "../../src/domain/present.ts";
import { GENERAL_SET, type Retention } from "../../src/domain/retention/index.ts";
import { blocks, evaluateGate } from "./gate.ts";
import { GATE_METRIC, type GateInput, type GateSubject } from "./gateSubject.ts";
import { pairedInterval } from "./interval.ts";

const scores = (right: number, n = 100) => Array.from({ length: n }, (_, index) => (index < right ? 1 : 0));

const subject = (version: string, tuned: number, rest: Partial<GateSubject> = {}): GateSubject => ({
  version,
  name: version,
  fingerprint: version.slice(-1).repeat(64),
  base: { id: "Qwen/Qwen3-Embedding-0.6B", revision: "r", sha256: "b" },
  prompt: { query: "q", document: "" },
  dataset: { name: "d", fingerprint: "f", rows: 1 },
  splitHash: "s",
  queries: 100,
  comparisons: [
    {
      metric: GATE_METRIC,
      baseline: 0.5,
      tuned: tuned / 100,
      delta: tuned / 100 - 0.5,
      interval: [tuned / 100 - 0.55, tuned / 100 - 0.45],
      pValue: 0.01,
      minimumDetectableEffect: 0.1,
      verdict: "improved",
    },
  ],
  perQuery: { scores: scores(tuned), components: scores(0).map((_, index) => index) },
  ...rest,
});

const kept = (low: number, high: number): Retention => ({
  set: GENERAL_SET.sha256,
  queries: 240,
  baseline: 0.5,
  tuned: 0.5 + (low + high) / 2,
  delta: (low + high) / 2,
  interval: [low, high],
});

const input = (rest: Partial<GateInput> = {}): GateInput => ({
  candidate: subject("v2-b", 80),
  production: subject("v1-a", 70),
  damage: null,
  configuredPrompt: { query: "q", document: "" },
  localBase: { name: "Qwen3-Embedding-0.6B", sha256: "b" },
  configuredBase: null,
  margin: 0,
  ...rest,
});
const unchanged = subject("v2-b", 50);
const nothing: GateSubject = {
  ...unchanged,
  comparisons: unchanged.comparisons.map((one) => ({ ...one, delta: 0, interval: [0, 0], verdict: "inconclusive" })),
};
/** 100 queries that share ten documents. */
const tangled = subject("v2-b", 80, {
  perQuery: { scores: scores(80), components: scores(0).map((_, index) => index % 10) },
});
const damage = { code: "version-damaged", message: "a.bin differs.", hint: "Upload again." };

describe("evaluateGate", () => {
  it("passes a better version, with evidence", () => {
    const report = evaluateGate(input());
    expect(report).toMatchObject({ passed: true, overridable: true, production: "v1-a" });
    const last = report.checks.find(({ code }) => code === "no-regression-production");
    expect(last?.evidence).toMatchObject({ reference: 0.7, candidate: 0.8, method: "paired" });
    expect(last?.evidence?.delta).toBeCloseTo(0.1, 12);
    expect(evaluateGate(input()).evidenceHash).toBe(report.evidenceHash);
  });

  it.each<[string, Partial<GateInput>, string[], boolean]>([
    ["damaged files", { damage }, ["checksums"], false],
    ["no such base here", { localBase: null }, ["base"], true],
    ["another revision of the base", { localBase: { name: "x", sha256: "other" } }, ["base"], true],
    ["another base configured", { configuredBase: "qwen3-embedding-tiny" }, ["base"], true],
    ["the same base configured by its folder", { configuredBase: "Qwen3-Embedding-0.6B" }, [], true],
    ["another prompt", { configuredPrompt: { query: "Q", document: "" } }, ["prompt"], true],
    ["an unreadable prompt", { configuredPrompt: null }, ["prompt"], true],
    [
      "no evaluation",
      { candidate: subject("v2-b", 80, { comparisons: [] }), production: null },
      ["no-regression-baseline"],
      true,
    ],
    [
      "an interval that holds zero",
      { candidate: subject("v2-b", 54), production: null },
      ["no-regression-baseline"],
      true,
    ],
    ["the same within a margin", { candidate: subject("v2-b", 54), production: null, margin: 0.02 }, [], true],
    ["worse than production", { candidate: subject("v2-b", 60) }, ["no-regression-production"], true],
    ["equal to production", { candidate: subject("v2-b", 70) }, [], true],
    ["another split", { candidate: subject("v2-b", 60, { splitHash: "t" }) }, ["no-regression-production"], true],
    ["a run that changed nothing", { candidate: nothing, production: null }, ["no-regression-baseline"], true],
    [
      "a run that changed nothing, within a margin",
      { candidate: nothing, production: null, margin: 0.02 },
      ["no-regression-baseline"],
      true,
    ],
    [
      "too few queries",
      { candidate: subject("v2-b", 80, { queries: 39, perQuery: null }), production: null },
      ["enough-queries"],
      true,
    ],
    ["enough queries", { candidate: subject("v2-b", 80, { queries: 40, perQuery: null }), production: null }, [], true],
    ["many queries on few documents", { candidate: tangled, production: null }, ["enough-queries"], true],
    [
      "a test of generated questions",
      { candidate: subject("v2-b", 80, { measuredOn: "generated questions" }) },
      ["measured-on"],
      true,
    ],
    ["a test of weak pairs", { candidate: subject("v2-b", 80, { measuredOn: "weak pairs" }) }, ["measured-on"], true],
    ["the first version", { production: null }, [], true],
    [
      "a model that forgot",
      { candidate: subject("v2-b", 80, { retention: kept(-0.09, -0.02) }) },
      ["keeps-what-it-knew"],
      true,
    ],
    [
      "a loss that is not ruled out",
      { candidate: subject("v2-b", 80, { retention: kept(-0.0301, 0.05) }) },
      ["keeps-what-it-knew"],
      true,
    ],
    ["a loss within the margin", { candidate: subject("v2-b", 80, { retention: kept(-0.03, -0.01) }) }, [], true],
    [
      "everything at once",
      { candidate: subject("v2-b", 40), damage, localBase: null, configuredPrompt: null },
      ["checksums", "base", "prompt", "no-regression-baseline", "no-regression-production"],
      false,
    ],
  ])("judges %s", (_what, rest, failed, overridable) => {
    const report = evaluateGate(input(rest));
    expect(report.checks.filter(blocks).map(({ code }) => code)).toEqual(failed);
    expect(report.passed).toBe(failed.length === 0);
    expect(report.overridable).toBe(overridable);
  });

  it("says in words that the versions cannot be compared, that nothing changed, and that the test is small", () => {
    const failures = (rest: Partial<GateInput>) =>
      evaluateGate(input(rest))
        .checks.filter(blocks)
        .map(({ message }) => message);
    expect(failures({ candidate: subject("v2-b", 60, { splitHash: "t" }) })).toEqual([
      "Not comparable: v1-a was scored on other test queries, so nobody knows which of the two is better.",
    ]);
    expect(failures({ candidate: nothing, production: null })).toEqual([
      "No benefit: recall@10 is the same as the baseline's on every query.",
    ]);
    expect(failures({ candidate: tangled, production: null })).toEqual([
      "Too few test queries: 10 independent groups of test queries.",
    ]);
    expect(failures({ candidate: subject("v2-b", 80, { comparisons: [], splitHash: null }) })).toEqual([
      "The manifest holds no recall@10 of baseline and tuned.",
    ]);
    expect(failures({ production: subject("v1-a", 70, { comparisons: [], splitHash: null }) })).toEqual([
      "Not comparable: nobody has measured v1-a, so nobody knows which of the two is better.",
    ]);
  });

  it("shows the detectable change that Compare shows, not the worst case", () => {
    const one = at(evaluateGate(input()).checks, 3);
    expect(one.message).toBe(
      "100 independent groups of test queries; the smallest detectable change of recall@10 is 10 points.",
    );
  });

  it("does not judge a version against itself", () => {
    const report = evaluateGate(input({ production: subject("v2-b", 80) }));
    expect(report).toMatchObject({ passed: false, overridable: false });
    expect(report.checks.map(({ code, message }) => [code, message])).toEqual([
      ["already-in-production", "v2-b is already in production."],
    ]);
  });

  it("lets a whole copy take the place of a damaged one", () => {
    const copy = subject("v3-b", 80);
    expect(evaluateGate(input({ candidate: copy, production: subject("v2-b", 80) })).passed).toBe(true);
  });

  it("tells what was kept, and says of a version of before that it was not measured, without blocking it", () => {
    const last = (retention: GateSubject["retention"]) =>
      at(evaluateGate(input({ candidate: subject("v2-b", 80, retention && { retention }) })).checks, -1);
    expect(last(kept(-0.02, 0.01))).toMatchObject({
      outcome: "passed",
      message: expect.stringContaining("of 240 everyday questions in five languages the base finds 50.0 %"),
      evidence: { metric: "recall@10", reference: 0.5, interval: [-0.02, 0.01], method: "paired" },
    });
    for (const none of [undefined, { ...kept(0, 0), set: "e".repeat(64) }]) {
      const { outcome, message, hint, evidence } = last(none);
      expect(outcome).toBe("not-measured");
      expect(message).toMatch(/^Not measured/);
      expect(hint).toContain("Measure it on Compare");
      expect(evidence).toBeNull();
    }
    const imported = evaluateGate(input({ candidate: subject("v2-b", 80, { origin: "imported" }) }));
    expect(at(imported.checks, -1).hint).toBe(
      "An import is not measured on the general set. This does not stand in the way.",
    );
    expect(last(kept(-0.2, -0.1)).hint).toContain("override with a reason");
  });

  it("compares independently, and more carefully, without the scores of each query", () => {
    const report = evaluateGate(input({ candidate: subject("v2-b", 80, { perQuery: null }) }));
    const { evidence, outcome } = at(report.checks, -2);
    expect(evidence?.method).toBe("independent");
    // 0.1 ± 1.96·√(0.8·0.2/100 + 0.7·0.3/100)
    expect(evidence?.interval[0]).toBeCloseTo(-0.01923, 4);
    expect(outcome).toBe("failed");
  });

  it("does not advise more training where an adapter was taken at a smaller strength", () => {
    const hints = (strength?: number) =>
      evaluateGate(input({ candidate: subject("v2-b", 54, { ...(strength && { strength }) }), production: null }))
        .checks.filter(({ outcome }) => outcome === "failed")
        .map(({ hint }) => hint);
    expect(hints()).toEqual([expect.stringMatching(/^Train longer or on more pairs/)]);
    expect(hints(0.5)).toEqual([expect.stringMatching(/^Take the model at a greater strength \(Compare\)/)]);
  });

  it("tells what was forgotten from what is open", () => {
    const message = (low: number, high: number) =>
      at(evaluateGate(input({ candidate: subject("v2-b", 80, { retention: kept(low, high) }) })).checks, -1).message;
    expect(message(-0.09, -0.02)).toMatch(/^It forgot some of what its base knew: /);
    expect(message(-0.04, 0.04)).toMatch(/^A loss of more than 3 points on everything else cannot be ruled out: /);
  });

  it("gives other evidence another hash", () => {
    const hashes = [input(), input({ damage }), input({ production: null }), input({ candidate: subject("v2-b", 81) })];
    expect(new Set(hashes.map((each) => evaluateGate(each).evidenceHash)).size).toBe(4);
  });
});

describe("pairedInterval", () => {
  it("is the textbook interval of a mean when every pair stands alone", () => {
    const { delta, interval } = pairedInterval([1, 1, 1, 0], [0, 1, 0, 0], []);
    // Differences 1, 0, 1, 0: mean ½, sample standard deviation √(1/3).
    expect(delta).toBe(0.5);
    expect(interval[1] - delta).toBeCloseTo((1.96 * Math.sqrt(1 / 3)) / 2, 12);
  });

  it("widens when pairs of one cluster move together", () => {
    const [a, b] = [[1, 1, 0, 0, 1, 1, 0, 0], Array(8).fill(0) as number[]];
    const alone = pairedInterval(a, b, []);
    const clustered = pairedInterval(a, b, [0, 0, 1, 1, 2, 2, 3, 3]);
    expect(clustered.interval[1]).toBeGreaterThan(alone.interval[1]);
    expect(pairedInterval(a, b, Array(8).fill(0) as number[]).interval).toEqual([-Infinity, Infinity]);
  });
});
