import type { StoredDocuments } from "../storage.ts";

const MORE = /, with (\d+) more$/;

/** Documents with others beside them. A file that was refused before and is read now is refused no more. */
export const addedTo = (earlier: StoredDocuments, read: StoredDocuments): StoredDocuments => {
  const names = new Set(read.documents.map(({ name }) => name));
  const added = read.documents.length + Number(MORE.exec(earlier.name)?.[1] ?? 0);
  return {
    ...earlier,
    name: `${earlier.name.replace(MORE, "")}, with ${added} more`,
    createdAt: read.createdAt,
    documents: [...earlier.documents, ...read.documents],
    refused: [...earlier.refused.filter(({ name }) => !names.has(name)), ...read.refused],
    passages: [...earlier.passages, ...read.passages],
    tokens: earlier.tokens + read.tokens,
  };
};
