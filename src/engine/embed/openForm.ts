import {
  PROBE_TEXTS,
  PROBE_TOKENS,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
  type Adapter,
} from "../../domain/artifact/index.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../domain/evaluation/types.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";
import type { Prompts } from "../../domain/text/prompts.ts";
import type { KernelSession } from "../../kernels/index.ts";
import { embedTexts, loadBase } from "../model/base.ts";
import { LoraAdapter } from "../model/lora.ts";
import { evaluateModel, type EvaluateOptions } from "./evaluate.ts";

/** A form for other runtimes as it was written, put on the device once for all that is asked of it. */
export interface OpenForm {
  /**
   * The probe texts' vectors beside those that the tuned model gave at export.
   * @param artifact the adapter folder, for its reference embeddings
   * @returns the smallest cosine over queries and documents; NaN when any vector is none
   */
  probe(artifact: ModelFiles, prompts: Prompts): Promise<number>;
  score(task: RetrievalTask, options: EvaluateOptions): Promise<RetrievalEvaluation>;
  close(): void;
}

/** @param adapter applied to a model that is the base; null where it is merged in */
export const openForm = async (
  session: KernelSession,
  model: ModelFiles,
  adapter: Adapter | null,
): Promise<OpenForm> => {
  const loaded = await loadBase(session, model);
  const applied = adapter && LoraAdapter.from(session.kernels, loaded.config, adapter);
  return {
    async probe(artifact, prompts) {
      const { tuned, dim } = readReference(await artifact.read(REFERENCE_PATH));
      const cosine = async (kind: "query" | "document"): Promise<number> => {
        const { data } = await embedTexts(loaded, applied, PROBE_TEXTS, { kind, prompts, maxTokens: PROBE_TOKENS });
        return smallestCosine(data, tuned[kind], dim);
      };
      // Math.min gives NaN where either is.
      return Math.min(await cosine("query"), await cosine("document"));
    },
    score: (task, options) => evaluateModel(loaded, applied, task, options),
    close() {
      applied?.dispose();
      loaded.dispose();
    },
  };
};
