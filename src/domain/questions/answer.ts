import { StudioError } from "../errors.ts";
import { MAX_PER_PASSAGE } from "./prompts.ts";

/**
 * The questions in a model's answer: the JSON object that was asked for, also behind prose, in a code fence, as a bare list or
 * with objects in it; else a numbered or dashed list. An empty list is an answer: there is nothing to ask.
 *
 * @throws StudioError `answer-refused` where the model declines, `answer-unreadable` where no question can be found
 */
export const parseAnswer = (answer: string, most = MAX_PER_PASSAGE): string[] => {
  const text = answer.replace(/<think(?:ing)?>[\s\S]*?<\/think(?:ing)?>/gi, "").trim();
  const found = jsonQuestions(text) ?? listed(text);
  if (found)
    return found
      .map(tidy)
      .filter((question) => question !== "")
      .slice(0, most);
  if (REFUSAL.test(text))
    throw new StudioError(
      "answer-refused",
      "The model declined to write about this passage.",
      "Look at the passage, or take another model.",
    );
  throw new StudioError(
    "answer-unreadable",
    text === "" ? "The model's answer was empty." : "The model's answer holds no list of questions.",
    "Run again to ask anew; if many passages fail, take a model that follows instructions better.",
  );
};

/** Where a JSON value may begin. Only so many are tried: text full of brackets must not cost its square. */
const STARTS = 50;

const jsonQuestions = (text: string): string[] | null => {
  const whole = questionsOf(parse(text));
  if (whole) return whole;
  let tried = 0;
  for (const { index } of text.matchAll(/[{[]/g)) {
    if (tried++ === STARTS) return null;
    const end = closing(text, index);
    const questions = end === null ? null : questionsOf(parse(text.slice(index, end + 1)));
    // `[]` in prose is code, an answer of its own was read above.
    if (questions && (questions.length > 0 || text[index] === "{")) return questions;
  }
  return null;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: other forms are tried.
  }
};

/** Place of the bracket that closes the one at `start`; brackets in strings do not count. */
const closing = (text: string, start: number): number | null => {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (quoted) {
      if (character === "\\") i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") depth++;
    else if ((character === "}" || character === "]") && --depth === 0) return i;
  }
  return null;
};

const questionsOf = (value: unknown): string[] | null => {
  if (Array.isArray(value)) {
    const texts = value.map(questionOf);
    return texts.every((text) => text !== null) ? texts : null;
  }
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Record<string, unknown>;
  for (const name of ["questions", "queries", "search_queries", "items", "results"])
    if (Array.isArray(fields[name])) return questionsOf(fields[name]);
  const single = questionOf(value);
  return single === null ? null : [single];
};

const questionOf = (value: unknown): string | null => {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Record<string, unknown>;
  for (const name of ["question", "query", "text", "q"]) if (typeof fields[name] === "string") return fields[name];
  return null;
};

/** `1. …`, `2) …`, `- …`: at least one such line; what stands around them is prose. */
const listed = (text: string): string[] | null => {
  const lines = text.split("\n").flatMap((line) => /^\s*(?:\d{1,2}[.):]|[-*•])\s+(\S.*)$/u.exec(line)?.[1] ?? []);
  return lines.length > 0 ? lines : null;
};

const tidy = (question: string): string =>
  question
    .replace(/\s+/g, " ")
    .replace(/^\*\*(.*)\*\*$/, "$1")
    .replace(/^["“„«](.*)["”“»]$/, "$1")
    .trim();

const REFUSAL =
  /\b(i(?:'|’)?m sorry|i am sorry|i can(?:no|'|’)t|i am unable|i(?:'|’)m unable|as an ai|cannot (?:assist|help|comply)|es tut mir leid|je (?:suis désolé|ne peux pas)|lo siento)\b/i;
