import {
  asModelFolder,
  PROBE_TEXTS,
  PROBE_TOKENS,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
} from "../../../domain/artifact/index.ts";
import { evaluateRetrieval } from "../../../domain/evaluation/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import { ONNX_FOLDER } from "../../../domain/export/index.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { BASE_DATA, BASE_GRAPH } from "../../../domain/onnx/index.ts";
import { loadTokenizer } from "../../../domain/text/tokenizer.ts";
import type { OpenForm } from "../../../engine/index.ts";
import { MOST_WEIGHTS } from "../../embed/host/limits.ts";
import type { openPageSession } from "../../embed/host/onnxRuntime.ts";

/**
 * A written ONNX form in onnxruntime in this page.
 * @throws StudioError `page-too-large`, and what opening the session throws
 */
export const openOnnxForm = async (
  staged: ModelFiles,
  { artifact, open }: { artifact: ModelFiles; open: typeof openPageSession },
): Promise<OpenForm> => {
  const [graph, data] = [`${ONNX_FOLDER}/${BASE_GRAPH}`, `${ONNX_FOLDER}/${BASE_DATA}`];
  const bytes = (await staged.size(data)) ?? 0;
  if (bytes > MOST_WEIGHTS)
    throw new StudioError(
      "page-too-large",
      `The weights take ${(bytes / 1e9).toFixed(1)} GB, more than a page can hold to check them; nothing was kept.`,
      "Use npm run export, or register the model and download the form on Models.",
    );
  const { tuned, dim } = readReference(await artifact.read(REFERENCE_PATH));
  const tokenizer = await loadTokenizer(asModelFolder(artifact));
  const files = { graph: await staged.read(graph), data: [{ path: BASE_DATA, data: await staged.read(data) }] };
  const session = await open("wasm", files, { dimension: dim, padToken: tokenizer.endToken });
  const embed = async (
    prompt: string,
    texts: readonly string[],
    maxTokens: number,
    onText?: (done: number) => void,
    signal?: AbortSignal,
  ): Promise<Float32Array> => {
    const rows = new Float32Array(texts.length * dim);
    for (const [i, text] of texts.entries()) {
      signal?.throwIfAborted();
      rows.set(await session.run(tokenizer.encode(prompt, text, maxTokens)), i * dim);
      onText?.(i + 1);
    }
    return rows;
  };
  return {
    async probe(_, prompts) {
      const cosineOf = async (kind: "query" | "document"): Promise<number> =>
        smallestCosine(await embed(prompts[kind], PROBE_TEXTS, PROBE_TOKENS), tuned[kind], dim);
      // Math.min gives NaN where either is.
      return Math.min(await cosineOf("query"), await cosineOf("document"));
    },
    async score(task, { label, prompts, maxTokens, onProgress, signal }) {
      const total = task.corpus.length + task.queries.length;
      const after = (before: number) => (done: number) => onProgress?.(before + done, total);
      const queries = task.queries.map(({ text }) => text);
      const corpusEmbeddings = await embed(prompts.document, task.corpus, maxTokens, after(0), signal);
      const queryEmbeddings = await embed(prompts.query, queries, maxTokens, after(task.corpus.length), signal);
      return evaluateRetrieval({ task, queryEmbeddings, corpusEmbeddings, dim, label });
    },
    // The worker, and the runtime's memory in it, ends with the form.
    close: () => undefined,
  };
};
