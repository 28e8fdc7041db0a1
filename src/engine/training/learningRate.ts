/** Linear warm-up from 0, then linear decay to 0; `step` is 0-based, so the first step of a warm-up has rate 0. */
export const learningRateAt = (step: number, totalSteps: number, warmupSteps: number, peak: number): number =>
  step < warmupSteps
    ? (peak * step) / warmupSteps
    : (peak * (totalSteps - step)) / Math.max(1, totalSteps - warmupSteps);
