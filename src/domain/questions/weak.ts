import { locateHeadings, markdownHeadings } from "../documents/headings.ts";
import type { Passage } from "./passage.ts";
import type { WrittenQuestion } from "./types.ts";

/** How weak pairs are made, in words for people. */
export const WEAK_SENTENCE =
  "Weak pairs take a title or heading as the question and the text below it as the answer, the first sentence of a passage and its rest, and defined terms with their definition. No one ever asked them.";

/** Words that a first sentence must have to stand for a question, and what must be left to answer it. */
const SENTENCE_WORDS = { least: 4, most: 40 };
const LEAST_REST = 30;
/** A defined term is short. */
const TERM_WORDS = 5;

/**
 * Weak pairs of a passage, without any model. Never empty texts; what became the question is not in its answer.
 */
export const weakQuestions = (passage: Passage): WrittenQuestion[] => {
  const body = withoutHeading(passage);
  const pair = (text: string, positive: string): WrittenQuestion => ({
    passage: passage.id,
    text,
    origin: "weak",
    positive,
  });
  const { opening, sections } = partsOf(body, passage.headings);
  const title = titleOf(passage, sections);
  return [
    ...(title && hasWords(opening, 3) ? [pair(title, opening)] : []),
    ...sections
      .filter(({ text }) => hasWords(text, 3))
      .flatMap(({ heading, text }) => sectionTitle(passage, heading).map((question) => pair(question, text))),
    ...firstSentence(opening).map(([sentence, rest]) => pair(sentence, rest)),
    ...definitions(body).map(([term, definition]) => pair(term, definition)),
  ];
};

interface Section {
  heading: string;
  text: string;
}

/** What stands above the first heading inside a passage, and the sections below each: known ones, or those that Markdown marks. */
const partsOf = (body: string, known?: readonly string[]): { opening: string; sections: Section[] } => {
  const headings = known ? locateHeadings(body, known) : markdownHeadings(body);
  const sections = headings.map(({ at, text }, i) => {
    const section = body.slice(at, headings[i + 1]?.at);
    return { heading: text, text: section.slice(section.indexOf("\n") + 1 || section.length).trim() };
  });
  return { opening: body.slice(0, headings[0]?.at).trim(), sections };
};

/** A section's heading as a question, with the title of its document where that says more than the heading does. */
const sectionTitle = ({ document, title }: Passage, heading: string): string[] => {
  const fileName = document.split("/").at(-1);
  const named = title && title !== fileName && title !== heading ? spoken(title) : null;
  const headed = spoken(heading);
  return headed ? [named ? `${named} ${headed}` : headed] : [];
};

/**
 * What a passage is headed by: title and heading; the title alone only for the first passage of its document, since it says
 * too little about the others. The name of a file is no title, and a heading further down heads its own section alone.
 */
const titleOf = ({ id, document, title, heading }: Passage, [first]: readonly Section[]): string | null => {
  const fileName = document.split("/").at(-1);
  const named = title && title !== fileName ? spoken(title) : null;
  const headed = heading && heading !== title && heading !== first?.heading ? spoken(heading) : null;
  if (named && headed) return `${named} ${headed}`;
  return headed ?? (id.endsWith("#1") ? named : null);
};

/** A name such as `std::task::RawWaker` or `snake_case` as the words that people type; other titles stay as they are. */
const spoken = (title: string): string | null => {
  const plain = title.replace(/^#+\s*/, "").trim();
  const words = /\s/.test(plain) ? plain : plain.replace(/[_:./\\-]+/g, " ").trim();
  return /\p{L}/u.test(words) ? words : null;
};

/** The passage without the line of its heading. */
const withoutHeading = ({ text, heading }: Passage): string => {
  const [first = "", ...rest] = text.split("\n");
  return heading && first.replace(/^#+\s*/, "").trim() === heading.trim() ? rest.join("\n").trim() : text.trim();
};

const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });

const firstSentence = (text: string): [sentence: string, rest: string][] => {
  const [first] = segmenter.segment(text);
  if (!first) return [];
  const sentence = first.segment.replace(/\s+/g, " ").trim();
  const rest = text.slice(first.segment.length).trim();
  const words = sentence.split(" ").length;
  const fits = words >= SENTENCE_WORDS.least && words <= SENTENCE_WORDS.most && rest.length >= LEAST_REST;
  // An abbreviation, a list or a heading does not end as a sentence does.
  return fits && /[.!?。！？]["”’)]*$/u.test(sentence) && !/\b(e\.g|i\.e|etc|vs|cf)\.$/i.test(sentence)
    ? [[sentence, rest]]
    : [];
};

/** `**Term**: what it is`, `Term – what it is`: one a line. */
const definitions = (text: string): [term: string, definition: string][] =>
  text.split("\n").flatMap((line) => {
    const [, bold, plain, definition = ""] = DEFINITION.exec(line.trim()) ?? [];
    const term = (bold ?? plain ?? "").trim();
    const words = term === "" ? 0 : term.split(/\s+/).length;
    return words > 0 && words <= TERM_WORDS && hasWords(definition, 4)
      ? [[term, definition.trim()] as [string, string]]
      : [];
  });
const DEFINITION =
  /^(?:[-*•]\s+)?(?:\*\*([^*]{2,60}?):?\*\*\s*[:–—-]?\s+|([\p{Lu}][^:.–—|]{1,60}?)(?::\s+|\s+[–—]\s+))(\S.{15,})$/u;

const hasWords = (text: string, count: number): boolean => (text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) >= count;
