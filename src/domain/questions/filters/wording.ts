import { bm25Tokens } from "../../evaluation/words.ts";
import { hasEmail, hasPhone } from "../../text/index.ts";
import type { Passage } from "../passage.ts";
import type { FilterThresholds } from "./thresholds.ts";
import { rejected, type Verdict } from "./verdict.ts";

/** Too short to say anything, or too long to be a question. */
export const emptiness = (question: string, { leastCharacters, mostCharacters }: FilterThresholds): Verdict | null => {
  const said = question.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  if (said < leastCharacters) return rejected("It says nothing.", said);
  return question.length > mostCharacters ? rejected("It is too long for a question.", question.length) : null;
};

/** Talk about the passage in place of its matter, by languages. Words such as “text” alone are no sign of it. */
const META_TALK = [
  /\b(?:according to|based on|in|from|by|of) (?:the|this|that|these) (?:given |provided |above |following |whole )?(?:text|passage|excerpt|snippet|paragraph|document|article|author|context|section)\b/i,
  /\b(?:the|this) (?:given |provided |above )?(?:text|passage|excerpt|snippet|paragraph|author|article) (?:say|says|mention|mentions|describe|describes|state|states|explain|explains|discuss|discusses|suggest|suggests)\b/i,
  /\b(?:does|did|do|is|are) (?:the|this) (?:text|passage|excerpt|snippet|paragraph|author|article)\b/i,
  /\b(?:mentioned|described|stated|discussed|given) (?:above|here|in the (?:text|passage|document|article))\b/i,
  /\b(?:laut|gemäß|im|in diesem|aus dem|nach dem) (?:\p{L}+ )?(?:text|textabschnitt|abschnitt|absatz|dokument|artikel|auszug)\b/iu,
  /\b(?:selon|d['’]après|dans) (?:le|ce|cet|l['’]) ?(?:texte|passage|extrait|paragraphe|document|article)\b/i,
  /\b(?:según|en) (?:el|este) (?:texto|pasaje|fragmento|párrafo|documento|artículo)\b/iu,
  /\b(?:secondo|in|nel) (?:il|questo)? ?(?:testo|brano|passaggio|paragrafo|documento|articolo)\b/i,
  /\b(?:segundo|de acordo com|no|neste) (?:o|este)? ?(?:texto|trecho|parágrafo|documento|artigo)\b/iu,
];

/** Whether a question speaks of the text it was written from. */
export const metaTalk = (question: string): Verdict | null =>
  META_TALK.some((pattern) => pattern.test(question)) ? rejected("It speaks of the text and not of its matter.") : null;

/** What the report on a data set would warn of, too. */
export const personalData = (question: string): Verdict | null => {
  const what = [hasEmail(question) ? "an e-mail address" : "", hasPhone(question) ? "a telephone number" : ""];
  const found = what.filter((word) => word !== "").join(" and ");
  return found === "" ? null : rejected(`It seems to hold ${found}.`);
};

/** Wording copied from the passage: a question that repeats a sentence trains nothing that BM25 does not know. */
export const copied = (
  question: string,
  passage: Passage,
  { copiedShare, copiedWords }: FilterThresholds,
): Verdict | null => {
  const words = bm25Tokens(question);
  const run = longestRun(words, bm25Tokens(passage.text));
  const share = words.length > 0 ? run / words.length : 0;
  if (run < copiedWords || share < copiedShare) return null;
  return rejected(`${run} of its ${words.length} words stand in the passage in this order.`, share);
};

/** Length of the longest run of `words` that stands in `text` as it is. */
export const longestRun = (words: readonly string[], text: readonly string[]): number => {
  let best = 0;
  let before = new Uint16Array(text.length + 1);
  for (const word of words) {
    const here = new Uint16Array(text.length + 1);
    for (let j = 0; j < text.length; j++)
      if (text[j] === word) best = Math.max(best, (here[j + 1] = (before[j] ?? 0) + 1));
    before = here;
  }
  return best;
};
