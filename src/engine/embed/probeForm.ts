import {
  PROBE_TEXTS,
  PROBE_TOKENS,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
  type Adapter,
} from "../../domain/artifact/index.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";
import type { Prompts } from "../../domain/text/prompts.ts";
import type { KernelSession } from "../../kernels/index.ts";
import { embedTexts, loadBase } from "../model/base.ts";
import { LoraAdapter } from "../model/lora.ts";

/**
 * Embeds the probe texts with a complete model, adapter merged in, and compares them with what the tuned model gave at export.
 * @param artifact the adapter folder, for its reference embeddings
 * @param adapter applied to a model that is the base; null where it is merged in
 * @returns the smallest cosine over queries and documents; NaN when any vector is none
 */
export const probeForm = async (
  session: KernelSession,
  model: ModelFiles,
  artifact: ModelFiles,
  prompts: Prompts,
  adapter: Adapter | null = null,
): Promise<number> => {
  const { tuned, dim } = readReference(await artifact.read(REFERENCE_PATH));
  const loaded = await loadBase(session, model);
  const applied = adapter && LoraAdapter.from(session.kernels, loaded.config, adapter);
  try {
    const cosine = async (kind: "query" | "document"): Promise<number> => {
      const { data } = await embedTexts(loaded, applied, PROBE_TEXTS, { kind, prompts, maxTokens: PROBE_TOKENS });
      return smallestCosine(data, tuned[kind], dim);
    };
    // Math.min gives NaN where either is.
    return Math.min(await cosine("query"), await cosine("document"));
  } finally {
    applied?.dispose();
    loaded.dispose();
  }
};
