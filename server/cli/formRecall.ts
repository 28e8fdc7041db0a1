import { tokensOf, type Adapter, type Manifest } from "../../src/domain/artifact/index.ts";
import { compareAll } from "../../src/domain/evaluation/index.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../src/domain/evaluation/types.ts";
import type { FormRecall } from "../../src/domain/export/index.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { present } from "../../src/domain/present.ts";
import { evaluateModel, loadBase, LoraAdapter } from "../../src/engine/index.ts";
import { evaluateGraph } from "../exports/evaluateGraph.ts";

type Session = Parameters<typeof loadBase>[0];

/** A form as it was written: a folder for onnxruntime, or what the engine loads of its bytes. */
export type WrittenForm = { onnx: string } | { model: ModelFiles; adapter: Adapter | null };

/** Recall of a form on test questions, paired with that of the F32 adapter over its base. */
export const formRecall = async (
  session: Session,
  task: RetrievalTask,
  trained: { artifact: ModelFiles; manifest: Manifest; base: ModelFiles; adapter: Adapter },
  form: WrittenForm,
): Promise<FormRecall> => {
  const { artifact, manifest, base, adapter } = trained;
  const settings = { prompts: manifest.prompt, maxTokens: tokensOf(manifest) };
  const byEngine = async (model: ModelFiles, applied: Adapter | null, label: string): Promise<RetrievalEvaluation> => {
    const loaded = await loadBase(session, model);
    const view = applied && LoraAdapter.from(session.kernels, loaded.config, applied);
    try {
      return await evaluateModel(loaded, view, task, { label, ...settings });
    } finally {
      view?.dispose();
      loaded.dispose();
    }
  };
  const tuned = await byEngine(base, adapter, "adapter");
  const written =
    "onnx" in form
      ? await evaluateGraph(form.onnx, task, artifact, manifest, settings.maxTokens)
      : await byEngine(form.model, form.adapter, "form");
  const { delta, interval, ...compared } = present(
    compareAll(tuned, written, { task }).find(({ metric }) => metric === "recall@10"),
    "recall@10 among the compared metrics",
  );
  return {
    by: "onnx" in form ? "onnxruntime" : "engine",
    queries: tuned.queries,
    corpus: tuned.corpus,
    adapter: compared.baseline,
    form: compared.tuned,
    delta,
    interval,
  };
};
