import type { RetrievalEvaluation, RetrievalTask } from "../types.ts";

/** Ids in all TREC files: positions in the task. */
const queryId = (query: number): string => `q${query}`;
const documentId = (document: number): string => `d${document}`;

const placeIn = (letter: string, id: string): number | null =>
  id.startsWith(letter) && /^\d{1,9}$/.test(id.slice(1)) ? Number(id.slice(1)) : null;
/** The place that such an id names; null for another id. */
export const queryAt = (id: string): number | null => placeIn("q", id);
export const documentAt = (id: string): number | null => placeIn("d", id);

/** A TREC run, one line per query and rank: `qid Q0 docid rank score tag`. */
export const trecRun = (evaluation: RetrievalEvaluation): string => {
  const tag = evaluation.label.replace(/\s+/g, "-") || "run";
  return evaluation.perQuery
    .flatMap(({ query, top, scores }) =>
      top.map((document, i) => `${queryId(query)} Q0 ${documentId(document)} ${i + 1} ${scores[i]} ${tag}\n`),
    )
    .join("");
};

/** TREC relevance judgements: `qid 0 docid grade`, 1 where right documents are not graded. */
export const trecQrels = (task: RetrievalTask): string =>
  task.queries
    .flatMap(({ relevant, grades }, query) =>
      relevant.map((document, i) => `${queryId(query)} 0 ${documentId(document)} ${grades?.[i] ?? 1}\n`),
    )
    .join("");

/** The texts behind the ids, in BEIR's form. They hold the person's data: offer them apart from the figures. */
export const trecTexts = (task: RetrievalTask): { queries: string; corpus: string } => ({
  queries: task.queries.map(({ text }, i) => `${JSON.stringify({ _id: queryId(i), text })}\n`).join(""),
  corpus: task.corpus.map((text, i) => `${JSON.stringify({ _id: documentId(i), title: "", text })}\n`).join(""),
});
