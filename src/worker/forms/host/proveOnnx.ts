import {
  asModelFolder,
  PROBE_TEXTS,
  PROBE_TOKENS,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
} from "../../../domain/artifact/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import { ONNX_FOLDER } from "../../../domain/export/index.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { BASE_DATA, BASE_GRAPH } from "../../../domain/onnx/index.ts";
import type { Prompts } from "../../../domain/text/prompts.ts";
import { loadTokenizer } from "../../../domain/text/tokenizer.ts";
import { MOST_WEIGHTS } from "../../embed/host/limits.ts";
import type { openPageSession } from "../../embed/host/onnxRuntime.ts";

/**
 * Embeds the probe texts with a written ONNX form through onnxruntime in this page, and compares them with what the tuned
 * model gave.
 * @returns the smallest cosine over queries and documents
 * @throws StudioError `page-too-large`, and what opening the session throws
 */
export const proveOnnx = async (
  staged: ModelFiles,
  { artifact, prompts, open }: { artifact: ModelFiles; prompts: Prompts; open: typeof openPageSession },
): Promise<number> => {
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
  const cosineOf = async (kind: "query" | "document"): Promise<number> => {
    const vectors: number[] = [];
    for (const text of PROBE_TEXTS)
      vectors.push(...(await session.run(tokenizer.encode(prompts[kind], text, PROBE_TOKENS))));
    return smallestCosine(vectors, tuned[kind], dim);
  };
  // Math.min gives NaN where either is.
  return Math.min(await cosineOf("query"), await cosineOf("document"));
};
