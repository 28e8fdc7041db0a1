import type { SearchHit } from "../../domain/api/index.ts";
import type { TaskQuery } from "../../domain/evaluation/types.ts";

/** Places of the documents that a run's test set calls right for a question; none when it does not hold the question. */
export const rightPlaces = (
  { queries }: { queries: readonly Pick<TaskQuery, "text" | "relevant">[] },
  q: string,
): number[] => [...new Set(queries.filter(({ text }) => text.trim() === q.trim()).flatMap(({ relevant }) => relevant))];

const plain = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Whether a passage that was found is part of one of the right documents. */
export const isRight = (hit: Pick<SearchHit, "text">, documents: readonly string[]): boolean => {
  const passage = plain(hit.text);
  return passage !== "" && documents.some((document) => plain(document).includes(passage));
};
