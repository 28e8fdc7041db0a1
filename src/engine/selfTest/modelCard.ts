import { QWEN3_EMBEDDING_06B } from "../../domain/bases.ts";
import { at } from "../../domain/present.ts";
import { queryPrompt, WEB_SEARCH } from "../../domain/text/prompts.ts";
import { embedTexts, type LoadedBase } from "../model/base.ts";
import { check, largest, type Check } from "./check.ts";

/** The example of the model card, with the cosines that it states. */
const CARD = {
  task: WEB_SEARCH,
  queries: ["What is the capital of China?", "Explain gravity"],
  documents: [
    "The capital of China is Beijing.",
    "Gravity is a force that attracts two bodies towards each other. It gives weight to physical objects and is responsible for the movement of planets around the sun.",
  ],
  cosines: [0.7646, 0.1414, 0.1355, 0.6],
};
const TOLERANCE = 3e-3;

/** The cosines of the card's queries with its documents, `[queries × documents]`, as `base` computes them. */
export const cardCosines = async (base: LoadedBase): Promise<number[]> => {
  const options = { prompts: { query: queryPrompt(CARD.task), document: "" }, maxTokens: 512 };
  const queries = await embedTexts(base, null, CARD.queries, { kind: "query", ...options });
  const documents = await embedTexts(base, null, CARD.documents, { kind: "document", ...options });
  const row = (matrix: { data: Float32Array; dim: number }, index: number): Float32Array =>
    matrix.data.subarray(index * matrix.dim, (index + 1) * matrix.dim);
  return CARD.queries.flatMap((_, q) =>
    CARD.documents.map((_, d) => row(queries, q).reduce((sum, value, i) => sum + value * at(row(documents, d), i), 0)),
  );
};

/** Whether cosines are those that the card states. */
export const compareWithCard = (cosines: readonly number[]): Check =>
  check("model card cosines", largest(cosines, CARD.cosines), TOLERANCE);

/** The four cosines of the model card; null for a base that has no card here. */
export const cardCheck = async (base: LoadedBase): Promise<Check | null> =>
  base.model.weights.sha256 === QWEN3_EMBEDDING_06B.sha256 ? compareWithCard(await cardCosines(base)) : null;
