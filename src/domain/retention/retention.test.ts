import { describe, expect, test } from "vitest";
import { BUNDLED_BASES, QWEN3_EMBEDDING_06B } from "../bases.ts";
import product from "../../../package.json" with { type: "json" };
import { compare } from "../evaluation/statistics/compare.ts";
import { evaluateRankings } from "../evaluation/index.ts";
import {
  GENERAL_SET,
  keepsWhatItKnew,
  keptBaseline,
  retentionFigures,
  retentionOf,
  retentionSentence,
  retentionVerdict,
  scoresOf,
} from "./index.ts";

/** So many questions found, of `all`; then those that only one side finds. */
const scores = (all: number, both: number, lost: number, won: number) => {
  const side = (own: (i: number) => boolean) =>
    Array.from({ length: all }, (_, i) => (i < both || own(i - both) ? 1 : 0));
  return {
    set: GENERAL_SET.sha256,
    baseline: side((i) => i < lost),
    tuned: side((i) => i >= lost && i < lost + won),
  };
};

describe("what a model still knows", () => {
  test("is recall@10 on both sides, with the interval that a test's verdict has on the same scores", () => {
    const ranked = (label: string, first: boolean[]) =>
      evaluateRankings(
        {
          queries: first.map((_, i) => ({ text: "", relevant: [i], component: i })),
          corpus: { length: first.length },
          splitHash: "s",
        },
        { top: first.map((found, i) => (found ? [i] : [])), scores: first.map(() => [1]) },
        label,
        0,
      );
    const baseline = ranked("baseline", [true, true, false, true, false, true]);
    const tuned = ranked("tuned", [true, false, true, false, false, true]);
    const own = retentionOf({ set: GENERAL_SET.sha256, baseline: scoresOf(baseline), tuned: scoresOf(tuned) });
    expect(own).toMatchObject({ queries: 6, baseline: 4 / 6, tuned: 3 / 6 });
    expect(own.delta).toBeCloseTo(-1 / 6, 12);
    expect(own.interval).toEqual(compare(baseline, tuned, "recall@10").interval);
  });

  test("a model that changed nothing keeps it, and so does one that lost as much as it won of a few", () => {
    const same = retentionOf(scores(240, 120, 0, 0));
    expect(same).toMatchObject({ delta: 0, interval: [0, 0] });
    expect(keepsWhatItKnew(same)).toBe(true);
    expect(keepsWhatItKnew(retentionOf(scores(240, 120, 3, 3)))).toBe(true);
  });

  test("non-inferiority wants the interval's lower end at −3 points or above, whatever the change itself is", () => {
    expect(keepsWhatItKnew({ interval: [-0.03, 0.2] })).toBe(true);
    expect(keepsWhatItKnew({ interval: [-0.0301, 0.2] })).toBe(false);
    // Ten lost and ten won: no change, and yet a loss of more than three points is not ruled out.
    const open = retentionOf(scores(240, 100, 10, 10));
    expect(open.delta).toBe(0);
    expect(keepsWhatItKnew(open)).toBe(false);
    expect(retentionSentence(open)).toMatch(
      /^Whether it forgot something is open: .* On 240 questions a change of \+0\.\d points or better would rule it out\.$/,
    );
    expect(retentionSentence(open)).toContain(`+${(100 * (-open.interval[0] - 0.03)).toFixed(1)} points`);
  });

  test("says plainly what was kept, gained and forgotten", () => {
    expect(retentionSentence(retentionOf(scores(240, 120, 2, 1)))).toMatch(/^It kept what its base knew/);
    expect(retentionSentence(retentionOf(scores(240, 100, 0, 30)))).toMatch(/^It also got better/);
    const few = {
      ...retentionOf(scores(240, 100, 2, 1)),
      delta: -0.015,
      interval: [-0.025, -0.005] as [number, number],
    };
    expect(retentionSentence(few)).toMatch(/^It lost a little of what its base knew; a loss of more than 3 points/);
    expect([few, retentionOf(scores(240, 100, 10, 10))].map(retentionVerdict)).toEqual([
      "it lost a little of what its base knew",
      "whether it forgot something is open",
    ]);
    const forgot = retentionOf(scores(240, 60, 60, 2));
    expect(retentionSentence(forgot)).toMatch(/^It forgot some/);
    expect(retentionFigures(forgot)).toMatch(
      /base finds 50\.0 %, this model 25\.8 % \(recall@10 −24\.2 points, 95 % interval −\d+\.\d to −\d+\.\d\)/,
    );
  });

  test("what bundled bases find is kept for the engine and the set at hand, and for no other base or engine", () => {
    for (const { sha256 } of BUNDLED_BASES) {
      const kept = keptBaseline(sha256, product.version);
      // Measure them anew with `node server/setup/cli.mjs keepBaselines` after a change of engine version or set.
      expect(kept).toHaveLength(240);
      expect(new Set(kept)).toEqual(new Set([0, 1]));
      expect(keptBaseline(sha256, "0.0.0")).toBeNull();
    }
    expect(keptBaseline(QWEN3_EMBEDDING_06B.sha256, product.version)).toBeNull();
  });
});
