import { bm25Index } from "../../evaluation/bm25.ts";
import { fuseRankings } from "../../evaluation/fuse.ts";
import { rankTopK } from "../../evaluation/rank.ts";
import { normalizeText } from "../../text/index.ts";
import { yieldToEventLoop } from "../../yieldToEventLoop.ts";
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

/** Questions that are searched, and documents that are indexed, before others get a turn and a stop is heard. */
const PIECE = { questions: 64, documents: 500 };

/**
 * Whether hybrid search (BM25 and the base, fused by reciprocal rank) finds what a question was written for among the first `k`.
 * If not, the question is ambiguous: others answer it as well, or better. Equal texts count as the same document.
 *
 * @param answers  text that should be found, for each question
 * @throws DOMException `AbortError` after an abort
 */
export const roundTrip = async (
  questions: readonly string[],
  answers: readonly string[],
  documents: readonly SearchedDocument[],
  embedded: { queries: Embeddings; documents: Embeddings },
  k: number,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
): Promise<(Verdict | null)[]> => {
  const turn = async () => {
    await yieldToEventLoop();
    signal?.throwIfAborted();
  };
  const words = bm25Index();
  for (let from = 0; from < documents.length; from += PIECE.documents) {
    words.add(documents.slice(from, from + PIECE.documents).map(({ text }) => text));
    await turn();
  }
  const { dim } = embedded.documents;
  const keys = documents.map(({ text }) => normalizeText(text));
  const verdicts: (Verdict | null)[] = [];
  for (let from = 0; from < questions.length; from += PIECE.questions) {
    const to = Math.min(from + PIECE.questions, questions.length);
    const lexical = words.rank(questions.slice(from, to), DEPTH);
    const dense = rankTopK({
      queryEmbeddings: embedded.queries.vectors.subarray(from * dim, to * dim),
      corpusEmbeddings: embedded.documents.vectors,
      dim,
      k: DEPTH,
    });
    answers.slice(from, to).forEach((answer, i) => {
      const found = fuseRankings([lexical.top[i] ?? [], dense.top[i] ?? []], DEPTH);
      verdicts.push(verdictOf(found, normalizeText(answer), keys, documents, k));
    });
    onProgress?.(to, questions.length);
    await turn();
  }
  return verdicts;
};

const verdictOf = (
  found: readonly number[],
  wanted: string,
  keys: readonly string[],
  documents: readonly SearchedDocument[],
  k: number,
): Verdict | null => {
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
};
