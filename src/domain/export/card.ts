import { frontMatter } from "../artifact/frontMatter.ts";
import { plain, scores } from "../artifact/modelCard.ts";
import type { Manifest } from "../artifact/index.ts";
import { FORM_COSINE, ggufPath } from "./forms.ts";
import { recallLine, type FormRecall } from "./recall.ts";
import { atLeast, type ExportType, type Form } from "./types.ts";

/** How the form was checked. */
export interface FormProof {
  /** Smallest cosine of the probe texts' vectors to the tuned model's own. */
  cosine: number;
  /** On test questions; null where their texts were not at hand. */
  recall: FormRecall | null;
}

/** README.md of an export: what it is, how near it is to the tuned model, how it is run. */
export const exportCard = (manifest: Manifest, form: Form, type: ExportType, { cosine, recall }: FormProof): string =>
  `${frontMatter(manifest, type === "q8" ? "quantized" : form === "gguf-lora" ? "adapter" : "finetune", LIBRARY[form])}

# ${plain(manifest.name)}

${plain(manifest.base.id)} tuned for retrieval, ${WHAT[form]} (${type.toUpperCase()}). Model fingerprint \`${manifest.fingerprint}\`.

The vectors of eight probe texts, computed from the numbers in these files, have a cosine of at least ${atLeast(cosine, 6)} to those of the
tuned model (at least ${FORM_COSINE[type]} is asked for).

${recallLine(recall)}

## Scores of the tuned model

${scores(manifest)}

## Use

${USE[form](manifest, type)}

A query carries this prompt, in front of the text; a document ${manifest.prompt.document === "" ? "none" : `\`${plain(manifest.prompt.document)}\``}.

\`\`\`text
${manifest.prompt.query.replaceAll("```", "'''")}
\`\`\`
`;

const LIBRARY: Record<Form, string> = {
  merged: "sentence-transformers",
  gguf: "llama.cpp",
  "gguf-lora": "llama.cpp",
  onnx: "transformers.js",
};

const WHAT: Record<Form, string> = {
  merged: "the adapter merged into the weights: a complete model that needs no PEFT",
  gguf: "as one GGUF file for llama.cpp and what is built on it",
  "gguf-lora": "as a LoRA file for llama.cpp, to be applied to a GGUF file of the base",
  onnx: "as one ONNX graph with its weights beside it, for onnxruntime and what is built on it",
};

const USE: Record<Form, (manifest: Manifest, type: ExportType) => string> = {
  merged: ({ dimension }) => `\`\`\`python
from sentence_transformers import SentenceTransformer
model = SentenceTransformer("this-folder", model_kwargs={"dtype": "float32"})
queries = model.encode(["your question"], prompt_name="query")
documents = model.encode(["a document"])
\`\`\`

\`\`\`sh
text-embeddings-router --model-id /path/to/this-folder --pooling last-token
vllm serve /path/to/this-folder --runner pooling
\`\`\`

Vectors have ${dimension} numbers and length 1.`,
  gguf: (manifest, type) => `\`\`\`sh
llama-server --model ${ggufPath(manifest, "gguf", type)} --embedding --pooling last
ollama create my-embedder -f Modelfile
\`\`\`

Pooling by the last token and the end token are written in the file. \`llama-server\` gives vectors of length 1 from \`/v1/embeddings\`.`,
  "gguf-lora": (manifest, type) => `\`\`\`sh
llama-server --model base.gguf --lora ${ggufPath(manifest, "gguf-lora", type)} --embedding --pooling last
\`\`\``,
  onnx: ({ dimension, prompt }, type) => `\`\`\`js
import { env, pipeline } from "@huggingface/transformers";
env.localModelPath = "/path/to"; // the folder above this one
const embed = await pipeline("feature-extraction", "this-folder", { dtype: "fp32" });
const prompt = ${JSON.stringify(prompt.query).replaceAll("```", "'''")};
const vectors = await embed([prompt + "your question"], { pooling: "last_token", normalize: true });
\`\`\`

\`\`\`sh
text-embeddings-router --model-id /path/to/this-folder --pooling last-token --dtype float32
\`\`\`

${
  type === "q8"
    ? "The matrices are in 8 bits (blocks of 32 with one scale each; onnxruntime's MatMulNBits, which has 8 bits from 1.22 on), and so are the activations that meet them."
    : "The graph is of opset 18 and IR 8; onnxruntime 1.20 to 1.30 were tried."
} Vectors have ${dimension} numbers; the graph gives the states of all tokens, of which the last one's, normalized, is the vector.`,
};
