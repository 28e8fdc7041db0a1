import { parameterCount, type ModelConfig } from "../../modelConfig.ts";

/** Operations a second of a training step without a hardware GPU, measured on two cores (docs/performance.md). */
const SOFTWARE_OPERATIONS = 4.5e9;

/**
 * Pairs a second that training without a hardware GPU may be expected to reach: a forward and a backward pass are about 6 operations a
 * token and weight, without the token table, which is only looked up.
 */
export const softwarePairsPerSecond = (base: ModelConfig, tokensPerPair: number): number => {
  const weights = parameterCount(base) - base.vocab * base.hidden;
  return SOFTWARE_OPERATIONS / (6 * weights * tokensPerPair);
};
