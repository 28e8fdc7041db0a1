/**
 * What a run would not read of the texts, in a sentence; null where it reads all.
 *
 * @param queries  lengths in tokens, prompt and end included
 * @param documents  the same
 */
export const cutSentence = (
  queries: ArrayLike<number>,
  documents: ArrayLike<number>,
  maxTokens: number,
): string | null => {
  const share = (lengths: ArrayLike<number>): string | null => {
    const cut = Array.from(lengths).filter((length) => length > maxTokens).length;
    return cut === 0 ? null : `${Math.max(1, Math.round((100 * cut) / lengths.length))} %`;
  };
  const [ofQueries, ofDocuments] = [share(queries), share(documents)];
  if (ofQueries === null && ofDocuments === null) return null;
  const what = [ofDocuments && `${ofDocuments} of the documents`, ofQueries && `${ofQueries} of the queries`];
  return `${what.filter(Boolean).join(" and ")} are longer than the ${maxTokens} tokens that are read of a text: their ends are not seen. “Tokens a text” under Advanced raises that.`;
};
