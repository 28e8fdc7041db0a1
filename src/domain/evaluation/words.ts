/** Okapi BM25 with the values that Lucene and most papers use. */
export const BM25 = { k: 1.2, b: 0.75 } as const;

/** Words in lower case: letters, digits and marks of any script. Scripts without blanks count each character as a word. */
export const bm25Tokens = (text: string): string[] => text.normalize("NFKC").toLowerCase().match(TOKEN) ?? [];
// What is a word here is kept in stores: a change needs a migration that has the words of the passages it touches listed anew.
const EAST_ASIAN_AND_THAI = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}";
const OTHER_SOUTHEAST_ASIAN = "[\\p{Script=Khmer}\\p{Script=Lao}\\p{Script=Myanmar}]&&[\\p{L}\\p{N}\\p{M}]";
const NO_BLANKS = `${EAST_ASIAN_AND_THAI}[${OTHER_SOUTHEAST_ASIAN}]`;
const TOKEN = new RegExp(`[${NO_BLANKS}]|[[\\p{L}\\p{N}\\p{M}_]--[${NO_BLANKS}]]+`, "gv");

/** How often each word of a text occurs in it, in the order of their first places. */
export const countWords = (text: string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const word of bm25Tokens(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
};

/** Scores are compared in these steps, so that two ways of adding them up (JavaScript's, the database's) give one order. */
export const SCORE_STEPS = 1e9;
