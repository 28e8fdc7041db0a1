import { rankBm25 } from "../../evaluation/bm25.ts";
import { fuseRankings } from "../../evaluation/fuse.ts";
import { rankTopK } from "../../evaluation/rank.ts";
import { normalizeText } from "../../text/index.ts";
import type { Embeddings } from "../types.ts";
import { rejected, type Verdict } from "./verdict.ts";

/** A document that is searched, with the passage it comes from. */
export interface SearchedDocument {
  passage: string;
  text: string;
}

/** Each ranking is fused so deep. */
const DEPTH = 100;
/** What was found in place of the passage is shown so far. */
const SHOWN = 3;

/**
 * Whether hybrid search (BM25 and the base, fused by reciprocal rank) finds what a question was written for among the first `k`.
 * If not, the question is ambiguous: others answer it as well, or better. Equal texts count as the same document.
 *
 * @param answers  text that should be found, for each question
 */
export const roundTrip = (
  questions: readonly string[],
  answers: readonly string[],
  documents: readonly SearchedDocument[],
  embedded: { queries: Embeddings; documents: Embeddings },
  k: number,
): (Verdict | null)[] => {
  const lexical = rankBm25(questions, documents.map(({ text }) => text), DEPTH); // prettier-ignore
  const dense = rankTopK({
    queryEmbeddings: embedded.queries.vectors,
    corpusEmbeddings: embedded.documents.vectors,
    dim: embedded.documents.dim,
    k: DEPTH,
  });
  const keys = documents.map(({ text }) => normalizeText(text));
  return answers.map((answer, i) => {
    const found = fuseRankings([lexical.top[i] ?? [], dense.top[i] ?? []], DEPTH);
    const wanted = normalizeText(answer);
    const rank = found.findIndex((document) => keys[document] === wanted) + 1;
    if (rank > 0 && rank <= k) return null;
    const instead = found.slice(0, SHOWN).flatMap((document) => documents[document] ?? []);
    return rejected(
      rank > 0
        ? `Ambiguous: hybrid search finds its passage at place ${rank} only, behind the first ${k}.`
        : `Ambiguous: hybrid search does not find its passage among the first ${DEPTH}.`,
      rank > 0 ? rank : null,
      instead.map(({ passage, text }) => ({ passage, text })),
    );
  });
};
