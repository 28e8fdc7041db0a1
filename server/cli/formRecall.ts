import { tokensOf, type Adapter, type Manifest } from "../../src/domain/artifact/index.ts";
import type { RetrievalTask } from "../../src/domain/evaluation/types.ts";
import { formRecallOf, type FormRecall } from "../../src/domain/export/index.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { openForm, type DeviceSession, type OpenForm } from "../../src/engine/index.ts";
import { evaluateGraph } from "../exports/evaluateGraph.ts";

/** A form as it was written: a folder for onnxruntime, or what the engine loads of its bytes. */
export type WrittenForm = { onnx: string } | { open: OpenForm };

/** Recall of a form on test questions, paired with that of the F32 adapter over its base. Of two models one at a time is on the device: the form is closed. */
export const formRecall = async (
  session: DeviceSession,
  task: RetrievalTask,
  trained: { artifact: ModelFiles; manifest: Manifest; base: ModelFiles; adapter: Adapter },
  form: WrittenForm,
): Promise<FormRecall> => {
  const { artifact, manifest, base, adapter } = trained;
  const settings = { prompts: manifest.prompt, maxTokens: tokensOf(manifest) };
  const written =
    "onnx" in form
      ? await evaluateGraph(form.onnx, task, artifact, manifest, settings.maxTokens)
      : await form.open.score(task, { label: "form", ...settings });
  if ("open" in form) form.open.close();
  const asTrained = await openForm(session, base, adapter);
  try {
    const tuned = await asTrained.score(task, { label: "adapter", ...settings });
    return formRecallOf("onnx" in form ? "onnxruntime" : "engine", tuned, written, task);
  } finally {
    asTrained.close();
  }
};
