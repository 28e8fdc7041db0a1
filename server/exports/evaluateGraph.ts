import { asModelFolder, type Manifest } from "../../src/domain/artifact/index.ts";
import { evaluateRetrieval } from "../../src/domain/evaluation/index.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../src/domain/evaluation/types.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { openSession } from "../serving/onnxSession.ts";

/** Texts that onnxruntime embeds at once. */
const BATCH = 16;

/** Scores a folder with `model.onnx` on test questions, embedded by onnxruntime. */
export const evaluateGraph = async (
  folder: string,
  task: RetrievalTask,
  artifact: ModelFiles,
  { prompt, dimension: dim }: Manifest,
  maxTokens: number,
): Promise<RetrievalEvaluation> => {
  const tokenizer = await loadTokenizer(asModelFolder(artifact));
  const session = await openSession(folder, { dimension: dim, padToken: tokenizer.endToken });
  try {
    const embed = async (before: string, texts: readonly string[]): Promise<Float32Array> => {
      const rows = new Float32Array(texts.length * dim);
      for (let start = 0; start < texts.length; start += BATCH) {
        const ids = texts.slice(start, start + BATCH).map((text) => tokenizer.encode(before, text, maxTokens));
        for (const [i, row] of (await session.run(ids)).entries()) rows.set(row, (start + i) * dim);
      }
      return rows;
    };
    const queries = task.queries.map(({ text }) => text);
    return evaluateRetrieval({
      task,
      queryEmbeddings: await embed(prompt.query, queries),
      corpusEmbeddings: await embed(prompt.document, task.corpus),
      dim,
      label: "form",
    });
  } finally {
    await session.close();
  }
};
