import { expect, test } from "vitest";
import { QWEN3_EMBEDDING_06B } from "../../domain/bases.ts";
import { stepFlops } from "./flops.ts";
import { report } from "./report.ts";
import type { Results } from "./results.ts";

const results: Results = {
  engine: "0.1.0",
  commit: "0123456789abcdef",
  date: "2026-11-28T08:00:00Z",
  small: false,
  minutes: 4,
  machine: {},
  finished: true,
  sections: {
    adapter: {
      adapter: { seconds: 1, result: { info: {}, nvidia: "name, driver_version\nNVIDIA H100, 580.1\n", forms: [] } },
    },
    ceilings: {
      f32: { seconds: 1, result: { value: 50, unit: "TFLOP/s", how: "" } },
      f16: { seconds: 1, result: null },
    },
    step: {
      512: {
        seconds: 3,
        result: {
          tokens: 512,
          pairs: 4,
          textTokens: 64,
          loss: 3,
          gradNorm: 1,
          seconds: 0.1,
          tokensPerSecond: 5120,
          bytes: 2 ** 31,
          profile: [
            { name: "linear", ms: 30, runs: 2 },
            { name: "attention", ms: 10, runs: 1 },
          ],
        },
      },
      2048: { seconds: 60, error: "cut: nothing came within 60 seconds" },
    },
    torch: { "f32 512": { seconds: 2, result: { tokensPerSecond: 10240, loss: 3, bytes: 1, torch: "2.11" } } },
    parity: {
      "linear tile": {
        seconds: 1,
        result: { passed: false, tolerance: {}, errors: { embeddings: 0, loss: 0, gradients: 0.5 } },
      },
    },
  },
};

test("a report names the card, the ratio to PyTorch, the share of the ceiling, and all that failed", () => {
  const text = report(results);
  expect(text).toContain("### NVIDIA H100, driver 580.1");
  const flops = stepFlops(QWEN3_EMBEDDING_06B.config, 16, { tokens: 512, pairs: 4, textTokens: 64 });
  const share = ((100 * flops) / 0.1 / 50e12).toPrecision(3);
  expect(text).toMatch(
    new RegExp(`\\| 512 \\| 5,120 \\| [\\d.]+ \\| ${share} % \\| 2.0 GiB \\| 3.00000 \\| 10,240 \\| 0.50×`),
  );
  expect(text).toContain("| linear | 30.0 | 2 | 75.0 % |");
  expect(text).toContain("| linear tile | **no** (gradients 5.0e-1) | – |");
  expect(text).toContain("- step 2048: cut: nothing came within 60 seconds");
  expect(text).not.toMatch(/, f16 /); // which the card does not have
});

test("a step of 0.6B counts about twice the products of its frozen weights", () => {
  const size = { tokens: 1, pairs: 1, textTokens: 64 };
  // 440 million weights in projections, two operations each, forward and backward.
  expect(stepFlops(QWEN3_EMBEDDING_06B.config, 0, size) / 4 / 440e6).toBeCloseTo(1, 1);
});
