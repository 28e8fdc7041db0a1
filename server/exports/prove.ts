import { mkdir, rm } from "node:fs/promises";
import {
  asModelFolder,
  PROBE_TEXTS,
  PROBE_TOKENS,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
  type Adapter,
} from "../../src/domain/artifact/index.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { BASE_DATA, writeBaseOnnx, writeTunedOnnx, type OnnxSink } from "../../src/domain/onnx/index.ts";
import type { Prompts } from "../../src/domain/text/prompts.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { openSession } from "../serving/onnxSession.ts";
import { writeOnnx } from "../serving/writeOnnx.ts";

interface Expected {
  /** The adapter folder, for its reference embeddings and its tokenizer. */
  artifact: ModelFiles;
  prompts: Prompts;
}

/**
 * Embeds the probe texts with a complete model through onnxruntime and compares them with what the tuned model gave when it
 * was made.
 * @param scratch folder for the model's ONNX form while it is looked at; new, and removed again
 * @returns the smallest cosine over queries and documents
 */
export const prove = (model: ModelFiles, { scratch, ...expected }: Expected & { scratch: string }): Promise<number> =>
  inScratch(scratch, expected, (sink) => writeBaseOnnx(model, sink));

/** The same with an adapter, as it was read out of a form, over its base. */
export const proveAdapter = (
  adapter: Adapter,
  { base, scratch, ...expected }: Expected & { base: ModelFiles; scratch: string },
): Promise<number> =>
  inScratch(scratch, expected, async (sink) => {
    const { config } = await writeBaseOnnx(base, sink, { graph: "base.onnx", data: BASE_DATA });
    await writeTunedOnnx(config, adapter, sink);
  });

const inScratch = async (
  scratch: string,
  expected: Expected,
  write: (sink: OnnxSink) => Promise<unknown>,
): Promise<number> => {
  await mkdir(scratch);
  try {
    await writeOnnx(scratch, write);
    return await proveGraph(scratch, expected);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** The same with a folder that holds `model.onnx`. */
export const proveGraph = async (folder: string, { artifact, prompts }: Expected): Promise<number> => {
  const { tuned, dim } = readReference(await artifact.read(REFERENCE_PATH));
  const tokenizer = await loadTokenizer(asModelFolder(artifact));
  const session = await openSession(folder, { dimension: dim, padToken: tokenizer.endToken });
  try {
    const cosineOf = async (kind: "query" | "document"): Promise<number> => {
      const ids = PROBE_TEXTS.map((text) => tokenizer.encode(prompts[kind], text, PROBE_TOKENS));
      const vectors = (await session.run(ids)).flatMap((vector) => [...vector]);
      return smallestCosine(vectors, tuned[kind], dim);
    };
    // Math.min gives NaN where either is.
    return Math.min(await cosineOf("query"), await cosineOf("document"));
  } finally {
    await session.close();
  }
};
