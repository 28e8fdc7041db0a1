import { asModelFolder, type Manifest } from "../../src/domain/artifact/index.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../src/domain/evaluation/types.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { openSession } from "../serving/onnxSession.ts";
import { scoreSession } from "../serving/scoreSession.ts";

/** Scores a folder with `model.onnx` on test questions, embedded by onnxruntime. */
export const evaluateGraph = async (
  folder: string,
  task: RetrievalTask,
  artifact: ModelFiles,
  { prompt: prompts, dimension }: Manifest,
  maxTokens: number,
): Promise<RetrievalEvaluation> => {
  const tokenizer = await loadTokenizer(asModelFolder(artifact));
  const session = await openSession(folder, { dimension, padToken: tokenizer.endToken });
  try {
    return await scoreSession(session, task, { label: "form", tokenizer, prompts, maxTokens });
  } finally {
    await session.close();
  }
};
