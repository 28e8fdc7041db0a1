import { PROBE_TEXTS, PROBE_TOKENS, smallestCosine } from "../../domain/artifact/index.ts";
import { embedTexts, type LoadedBase } from "../model/base.ts";
import type { Qwen3Model } from "../model/model.ts";
import { check, type Check } from "./check.ts";
import { nanoChecks } from "./nano.ts";

/** 1 − cosine that rounding float32 weights to BF16 costs an embedding of the bundled bases, the lesser of the two (docs/kernels/mixed-precision.md). */
const WEIGHT_ROUNDING = 7.5e-6;

/**
 * Whether mixed precision holds on this device: what it changes of the nano model's embeddings and steps is less than what rounding that
 * model's weights to BF16 changes, and so it is with texts embedded by the base itself, whose activations may be too large for f16.
 *
 * @param model the base's weights with the kernels of mixed precision
 */
export const mixedSelfTest = async (model: Qwen3Model, base: LoadedBase): Promise<Check[]> => {
  const ofNano = await nanoChecks(model.kernels, ({ weightRounding }) => weightRounding);
  const checks = [...ofNano, await baseCheck(model, base)];
  return checks.map((entry) => ({ ...entry, name: `${entry.name} in mixed precision` }));
};

const baseCheck = async (model: Qwen3Model, base: LoadedBase): Promise<Check> => {
  const options = { kind: "document", prompts: base.prompts, maxTokens: PROBE_TOKENS } as const;
  const plain = await embedTexts(base, null, PROBE_TEXTS, options);
  const mixed = await embedTexts({ ...base, model }, null, PROBE_TEXTS, options);
  const distance = 1 - smallestCosine(mixed.data, plain.data, plain.dim);
  return check("embeddings of the base", Number.isNaN(distance) ? Infinity : distance, WEIGHT_ROUNDING);
};
