import { canonicalJson, createHasher } from "../../domain/hashing.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";
import type { Qwen3Model } from "../model/model.ts";
import type { TokenizedExamples } from "./examples.ts";

/** Which run a checkpoint belongs to: SHA-256 over base, settings, texts and rows. */
export const runFingerprint = (model: Qwen3Model, examples: TokenizedExamples, settings: Hyperparameters): string => {
  // Neither how often dev is scored, nor when that ends the run, nor how many pairs are embedded at once (GradCache)
  // changes what a step learns.
  const { evaluateEvery: _, patience: __, chunkSize: ___, ...decisive } = settings;
  const hasher = createHasher();
  hasher.update(new TextEncoder().encode(canonicalJson({ base: model.weights.sha256, settings: decisive })));
  for (const sequence of examples.sequences)
    hasher.update(new Uint8Array(sequence.buffer, sequence.byteOffset, sequence.byteLength));
  // A teacher's scores count where they are learnt from.
  const taught = settings.distillation !== undefined || settings.falseNegatives !== undefined;
  for (const { query, positive, negatives, scores } of examples.rows) {
    hasher.update(new Uint8Array(Int32Array.of(query, positive, ...negatives, -1).buffer));
    if (taught && scores) hasher.update(new Uint8Array(Float64Array.from(scores, (score) => score ?? NaN).buffer));
  }
  return hasher.hex();
};
