/** Okapi BM25 with the values that Lucene and most papers use. */
export const BM25 = { k: 1.2, b: 0.75 } as const;

/** Words in lower case: letters, digits and marks of any script. Scripts without blanks count each character as a word. */
export const bm25Tokens = (text: string): string[] => text.normalize("NFKC").toLowerCase().match(TOKEN) ?? [];
const NO_BLANKS = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}";
const TOKEN = new RegExp(`[${NO_BLANKS}]|[[\\p{L}\\p{N}\\p{M}_]--[${NO_BLANKS}]]+`, "gv");

/** How often each word of a text occurs in it, in the order of their first places. */
export const countWords = (text: string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const word of bm25Tokens(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
};

/** Scores are compared in these steps, so that two ways of adding them up (JavaScript's, the database's) give one order. */
export const SCORE_STEPS = 1e9;
