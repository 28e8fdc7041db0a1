import type { Passage } from "../passage.ts";
import { rejected, type Verdict } from "./verdict.ts";

/** Guesses ISO 639-1 codes; null where the text is too short or unclear. */
export type GuessLanguage = (text: string) => string | null;

/** Fewer letters are names and code, about which a guess says nothing. */
const LEAST_LETTERS = 15;

/** Loads the guesser, which is large (1.6 MB of n-grams), only where questions are filtered. */
export const loadLanguageGuesser = async (): Promise<GuessLanguage> => {
  const { eld } = await import("eld/small");
  return (text) => {
    if ((text.match(/\p{L}/gu)?.length ?? 0) < LEAST_LETTERS && !NO_BLANKS.test(text)) return null;
    const guess = eld.detect(text);
    return guess.isReliable() && guess.language !== "" ? guess.language : null;
  };
};
/** Scripts of which few letters say much. */
const NO_BLANKS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]{3}/u;

/**
 * A question in another language than its passage. Where examples were given, theirs is right too. What cannot be told is
 * let pass.
 */
export const otherLanguage = (
  question: string,
  passage: Passage,
  guess: GuessLanguage,
  alsoRight: ReadonlySet<string>,
): Verdict | null => {
  const asked = guess(question);
  if (asked === null || alsoRight.has(asked)) return null;
  const written = guess(passage.text);
  if (written === null || written === asked) return null;
  return rejected(`It seems to be ${nameOf(asked)}, and the passage ${nameOf(written)}.`);
};

const names = new Intl.DisplayNames(["en"], { type: "language" });
const nameOf = (code: string): string => names.of(code) ?? code;
