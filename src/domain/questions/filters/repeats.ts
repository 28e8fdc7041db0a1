import { joinNearDuplicates, normalizeText } from "../../text/index.ts";
import type { WrittenQuestion } from "../types.ts";
import { rejected, type Verdict } from "./verdict.ts";

/** The same question twice: the first one stays. A copy of an example counts too. */
export const duplicates = (questions: readonly WrittenQuestion[], examples: readonly string[]): (Verdict | null)[] => {
  const first = new Map<string, WrittenQuestion | null>(examples.map((text) => [normalizeText(text), null]));
  return questions.map((question) => {
    const key = normalizeText(question.text);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, question);
      return null;
    }
    return earlier
      ? rejected("The same question was written before.", null, [{ passage: earlier.passage, text: earlier.text }])
      : rejected("It repeats one of the examples.");
  });
};

/**
 * Questions that share at least 0.8 of their 5-character pieces with an earlier one about the same passage or another: the first one
 * stays. Texts of less than ten characters are too short for that measure.
 */
export const nearDuplicates = (questions: readonly WrittenQuestion[]): (Verdict | null)[] => {
  const texts = questions.map(({ text }) => normalizeText(text));
  const sets = joinNearDuplicates(texts);
  const first = new Map<number, WrittenQuestion>();
  return questions.map((question, i) => {
    if (question.text.length < 10) return null;
    const group = sets.find(i);
    const earlier = first.get(group);
    if (!earlier) {
      first.set(group, question);
      return null;
    }
    return rejected("Nearly the same question was written before.", null, [
      { passage: earlier.passage, text: earlier.text },
    ]);
  });
};
