import type { z } from "zod";
import type { searchQuerySchema, VectorSearch } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { at } from "../../src/domain/present.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import type { Embedder } from "../serving/embedder.ts";
import type { ModelIdentity } from "../serving/modelSource.ts";

/** A question as text, or as the vector that the caller made of it. */
export type Query = z.output<typeof searchQuerySchema> | VectorSearch;
export type SearchedModel = Query["model"];

/** How far from 1 the length of a caller's vector may be. */
const UNIT_TOLERANCE = 1e-3;

export interface QueryVector {
  vector: Float32Array;
  /** Null when the caller embedded the question. */
  tokens: number | null;
}

/** A question's vector: made here from its text, or the caller's once it is found to be one of the collection's model. */
export const vectorOf = async (
  query: Query,
  embedder: Pick<Embedder, "identity" | "embed">,
  signal: AbortSignal | undefined,
): Promise<QueryVector> => {
  if (!("q" in query)) return { vector: checkedVector(query, embedder.identity), tokens: null };
  const { vectors, tokens } = await embedder.embed([query.q], "query", { lane: "interactive", signal });
  return { vector: at(vectors, 0), tokens };
};

/** @throws HttpProblem `vector-model-differs` (409); StudioError `vector-dimension`, `vector-not-unit` */
const checkedVector = (query: VectorSearch, identity: ModelIdentity): Float32Array => {
  if (query.fingerprint !== identity.fingerprint)
    throw new HttpProblem(409, {
      code: "vector-model-differs",
      message: "The vector was made by another model than the one that answers here now.",
      hint: "Load the model that GET /api/search/model names, embed the question with it, and search again.",
    });
  const vector = Float32Array.from(query.vector);
  if (vector.length !== identity.dimension)
    throw new StudioError(
      "vector-dimension",
      `The vector has ${vector.length} dimensions; the model's have ${identity.dimension}.`,
      "Send the whole vector; `dimension` compares its beginning.",
    );
  if (!(Math.abs(Math.hypot(...vector) - 1) <= UNIT_TOLERANCE))
    throw new StudioError("vector-not-unit", "The vector is not of length 1.", "Normalize it (L2), and send it again.");
  return vector;
};

/** `name:value` of a filter; the value may hold colons. */
export const filterPair = (pair: string): [name: string, value: string] => {
  const colon = pair.indexOf(":");
  return [pair.slice(0, colon), pair.slice(colon + 1)];
};
