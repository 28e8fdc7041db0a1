/** Zero-width space, word joiner, byte order mark, soft hyphen: invisible, and often the only difference of a copied text. */
const INVISIBLE = /[\u00ad\u200b\u2060\ufeff]/g;
// eslint-disable-next-line no-control-regex -- all of ASCII is meant, control characters too
const ASCII = /^[\x00-\x7f]*$/;

/**
 * The form in which two texts are "the same": NFKC, lower case, no invisible characters, runs of white space as one
 * blank. Punctuation stays, because `C`, `C++` and `C#` are not the same. Idempotent.
 */
export const normalizeText = (text: string): string => {
  if (ASCII.test(text)) return collapse(text.toLowerCase());
  // Lower-casing can leave sequences that compose (and the reverse), hence NFKC on both sides of it.
  const folded = text.replace(INVISIBLE, "").normalize("NFKC").toLowerCase().normalize("NFKC");
  return collapse(folded);
};

const collapse = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Whether a text holds something other than white space and invisible characters. */
export const hasText = (text: string): boolean => text.replace(INVISIBLE, "").trim() !== "";
