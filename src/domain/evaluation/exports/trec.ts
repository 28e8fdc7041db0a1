import type { RetrievalEvaluation, RetrievalTask, TaskIds } from "../types.ts";

/** Ids in all TREC files: those of the set, where the task has them, else positions in the task. */
const queryId = (query: number, ids?: TaskIds): string => ids?.queries[query]?.[0] ?? `q${query}`;
const documentId = (document: number, ids?: TaskIds): string => ids?.corpus[document]?.[0] ?? `d${document}`;

/** A TREC run, one line per query and rank: `qid Q0 docid rank score tag`. */
export const trecRun = (evaluation: RetrievalEvaluation, ids?: TaskIds): string => {
  const tag = evaluation.label.replace(/\s+/g, "-") || "run";
  return evaluation.perQuery
    .flatMap(({ query, top, scores }) =>
      top.map((document, i) => `${queryId(query, ids)} Q0 ${documentId(document, ids)} ${i + 1} ${scores[i]} ${tag}\n`),
    )
    .join("");
};

/** TREC relevance judgements: `qid 0 docid grade`, 1 where right documents are not graded. */
export const trecQrels = ({ queries, ids }: RetrievalTask): string =>
  queries
    .flatMap(({ relevant, grades }, query) =>
      relevant.map((document, i) => `${queryId(query, ids)} 0 ${documentId(document, ids)} ${grades?.[i] ?? 1}\n`),
    )
    .join("");

/** The texts behind the ids, in BEIR's form. They hold the person's data: offer them apart from the figures. */
export const trecTexts = ({ queries, corpus, ids }: RetrievalTask): { queries: string; corpus: string } => ({
  queries: queries.map(({ text }, i) => `${JSON.stringify({ _id: queryId(i, ids), text })}\n`).join(""),
  corpus: corpus.map((text, i) => `${JSON.stringify({ _id: documentId(i, ids), title: "", text })}\n`).join(""),
});
