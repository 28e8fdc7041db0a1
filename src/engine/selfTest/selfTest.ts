import { StudioError } from "../../domain/errors.ts";
import type { SelfTestReport } from "../../domain/training/types.ts";
import type { KernelSession } from "../../kernels/index.ts";
import type { LoadedBase } from "../model/base.ts";
import { cardCheck } from "./modelCard.ts";
import { nanoChecks } from "./nano.ts";
import { wideHeadCheck } from "./wideHead.ts";

/** Ten times the engine's own parity bars: drivers differ in rounding, a wrong kernel is off by far more. */
const TOLERANCE = { embeddings: 2e-5, loss: 2e-4, gradNorm: 1e-3 };

/**
 * Runs a nano model on this very device and compares with the reference stack: embeddings of ragged sequences, then
 * loss and gradient norm of three optimizer steps. With a base in memory, attention at the width of its heads; with a published
 * one, its model card's cosines too.
 */
export const selfTest = async (session: KernelSession, base: LoadedBase | null = null): Promise<SelfTestReport> => {
  const start = performance.now();
  const checks = await nanoChecks(session.kernels, () => TOLERANCE);
  const ofBase = base && [await wideHeadCheck(session.kernels, base.config.headDim), await cardCheck(base)];
  checks.push(...(ofBase ?? []).filter((entry) => entry !== null));
  return { passed: checks.every(({ passed }) => passed), seconds: (performance.now() - start) / 1000, checks };
};

/** @throws StudioError `self-test-failed` naming the checks that failed */
export const assertSelfTest = ({ passed, checks }: SelfTestReport): void => {
  if (passed) return;
  const failed = checks
    .filter((entry) => !entry.passed)
    .map(({ name, error, tolerance }) => `${name} (off by ${error.toPrecision(2)}, at most ${tolerance})`);
  throw new StudioError(
    "self-test-failed",
    `This device computes wrong numbers, so training on it would be worthless: ${failed.join(", ")}.`,
    "Update the browser and the graphics driver, or choose another graphics adapter. The CPU fallback is slow but right.",
  );
};
