import { mkdir, rm } from "node:fs/promises";
import { PROBE_TEXTS, readReference, REFERENCE_PATH, smallestCosine } from "../../src/domain/artifact/index.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { writeBaseOnnx } from "../../src/domain/onnx/index.ts";
import type { Prompts } from "../../src/domain/text/prompts.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { openSession } from "../serving/onnxSession.ts";
import { writeOnnx } from "../serving/writeOnnx.ts";

/** No probe text is as long. */
const PROBE_TOKENS = 512;

/**
 * Embeds the probe texts with a complete model through onnxruntime and compares them with what the tuned model gave when it
 * was made.
 * @param artifact the adapter folder, for its reference embeddings
 * @param scratch folder for the model's ONNX form while it is looked at; new, and removed again
 * @returns the smallest cosine over queries and documents
 */
export const prove = async (
  model: ModelFiles,
  { artifact, prompts, scratch }: { artifact: ModelFiles; prompts: Prompts; scratch: string },
): Promise<number> => {
  await mkdir(scratch);
  try {
    await writeOnnx(scratch, (sink) => writeBaseOnnx(model, sink));
    const { hidden: dimension } = await readModelConfig(model);
    const { tuned, dim } = readReference(await artifact.read(REFERENCE_PATH));
    const tokenizer = await loadTokenizer(artifact);
    const session = await openSession(scratch, { dimension, padToken: tokenizer.endToken });
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
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
