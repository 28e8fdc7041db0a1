import { BUNDLED_BASES } from "../../domain/bases.ts";
import { guessLanguage, LATIN_LANGUAGES, UNKNOWN_LANGUAGE } from "../../domain/text/language.ts";

/**
 * Said of a question in a script that the base never saw: its answers look as sure as any. Null for other bases, and for questions in
 * Latin letters, whose language one text does not tell.
 */
export const otherScriptNote = (question: string, base: string): string | null => {
  if (!BUNDLED_BASES.some(({ id }) => id === base)) return null;
  const language = guessLanguage(question);
  return language === UNKNOWN_LANGUAGE || LATIN_LANGUAGES.has(language)
    ? null
    : `The bundled bases know English only, so answers to a question in ${language} mean nothing. Train on Qwen3-Embedding-0.6B for other languages.`;
};
