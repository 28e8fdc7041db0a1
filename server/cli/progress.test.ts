import { expect, test, vi } from "vitest";
import type { StepReport } from "../../src/domain/training/types.ts";
import { progress } from "./progress.ts";

test("without a terminal a stage says its name, then a line every ten seconds", () => {
  const lines: string[] = [];
  const spy = vi.spyOn(console, "error").mockImplementation((text: string) => void lines.push(text));
  let clock = 0;
  const logged: number[] = [];
  const tell = progress(({ step }) => void logged.push(step), { terminal: false, now: () => clock });
  for (let step = 0; step <= 50; step++) {
    clock = step * 1_000;
    if (step > 0)
      tell({ type: "step", report: { step, loss: 1, pairsPerSecond: 4, etaSeconds: 50 - step } as StepReport });
    tell({ type: "stage", stage: "train", done: step, total: 50, etaSeconds: null });
  }
  spy.mockRestore();
  expect(logged).toHaveLength(50);
  expect(lines).toEqual([
    "train",
    ...[10, 20, 30, 40, 50].map((step) => `train ${step}/50, loss 1.0000, 4.0 pairs/s, ${50 - step} s left`),
  ]);
});
