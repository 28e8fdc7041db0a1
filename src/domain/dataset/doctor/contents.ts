import { at } from "../../present.ts";
import { guessLanguage, hasEmail, hasPhone, UNKNOWN_LANGUAGE } from "../../text/index.ts";
import type { PairRow } from "../types.ts";
import { counted, dropRows, finding, keep, percent, type Examined } from "./examined.ts";
import type { Finding, LanguageShare } from "./types.ts";

/** Texts looked at for languages. */
const SAMPLE = 5_000;
/** From this share on, a second language is worth a word. */
const SECOND_LANGUAGE = 0.05;

/** Languages of evenly spaced rows, most frequent first. */
export const languageShares = (rows: readonly PairRow[], textOf: (row: PairRow) => string): LanguageShare[] => {
  const step = Math.max(1, Math.ceil(rows.length / SAMPLE));
  const counts = new Map<string, number>();
  let looked = 0;
  for (let row = 0; row < rows.length; row += step, looked++) {
    const language = guessLanguage(textOf(at(rows, row)));
    counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  return [...counts]
    .map(([language, count]) => ({ language, share: count / looked }))
    .sort((a, b) => b.share - a.share);
};

export const mixedLanguages = (examined: Examined, documents: LanguageShare[]): Finding[] => {
  const known = documents.filter(({ language, share }) => language !== UNKNOWN_LANGUAGE && share >= SECOND_LANGUAGE);
  if (known.length < 2) return [];
  const list = known.map(({ language, share }) => `${language} ${percent(share)}`).join(", ");
  return [
    finding(examined, "mixed-languages", "info", [], {
      count: known.length,
      sentence: `The documents seem to be in ${known.length} languages: ${list}.`,
      advice:
        "This is a rough guess. Check that the mix is intended: the small bundled models read English only, Qwen3-Embedding-0.6B many languages.",
    }),
  ];
};

/** Strings that look like e-mail addresses or telephone numbers. */
export const personalData = (examined: Examined): Finding[] => {
  const looksPersonal = (text: string): boolean => hasEmail(text) || hasPhone(text);
  const rows = examined.rows
    .map((_, row) => row)
    .filter((row) => {
      const { query, positives, negatives } = at(examined.rows, row);
      return looksPersonal(query) || positives.some(looksPersonal) || negatives.some(looksPersonal);
    });
  if (rows.length === 0) return [];
  return [
    finding(examined, "personal-data", "warning", rows, {
      sentence: `${counted(rows.length, "row holds", "rows hold")} something that looks like an e-mail address or a telephone number.`,
      advice:
        "Your texts are not uploaded for training; check that you may use them for a model that others will have.",
      choices: [keep("Keep them"), dropRows(`Leave out ${counted(rows.length, "row")}`, rows)],
    }),
  ];
};
