import { at } from "../../domain/present.ts";
import { cells, type BatchLayout } from "./batchLayout.ts";
import type { TokenizedExamples } from "./examples.ts";

/** Which documents of a batch are known to answer a query whose own positive they are not: 1 where that is so. `[queries, documents]` */
export const knownPositiveMask = (
  { identity, knownPositives }: TokenizedExamples,
  layout: BatchLayout,
): Float32Array => {
  const known = layout.rows.map(({ query }) => knownPositives.get(at(identity, query)));
  const documents = layout.documents.map((document) => at(identity, document));
  return cells(layout, (i, j) => (i !== j && known[i]?.has(at(documents, j)) ? 1 : 0));
};
