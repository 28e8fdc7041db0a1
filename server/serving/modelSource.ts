import type { Prompts } from "../../src/domain/text/prompts.ts";
import type { LocalBase } from "../registry/bases.ts";
import type { TunedModel } from "./selection.ts";

/** What a text is to a model: each kind has its prompt. */
export type TextKind = keyof Prompts;
export const TEXT_KINDS = ["query", "document"] as const satisfies readonly TextKind[];

/** A model that can be loaded: a base alone, or a tuned model over its base. */
export interface ModelSource {
  /** Names the model and its collection: the manifest's fingerprint, or the SHA-256 of the base's weights. */
  fingerprint: string;
  tuned: TunedModel | null;
  base: LocalBase;
}

/** Which model made a vector, for answers and spans. */
export interface ModelIdentity {
  fingerprint: string;
  role: "tuned" | "baseline";
  /** Id of the base, `Qwen/Qwen3-Embedding-0.6B`. */
  baseId: string;
  baseRevision: string | undefined;
  version: string | null;
  dimension: number;
  /** SHA-256 of the prompt in front of queries and documents. */
  promptHash: Record<TextKind, string>;
  /** Fingerprint of the data set that tuned it. */
  datasetHash: string | undefined;
  /** What makes the vectors now. */
  readonly backend: "onnxruntime" | "remote";
}
