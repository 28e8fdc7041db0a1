import { yieldToEventLoop } from "../../yieldToEventLoop.ts";
import type { Passage } from "../passage.ts";
import { entry } from "../../present.ts";
import {
  FILTER_NAMES,
  type EmbedTexts,
  type FilterName,
  type RejectedQuestion,
  type WrittenQuestion,
} from "../types.ts";
import { generic } from "./generic.ts";
import { loadLanguageGuesser, otherLanguage } from "./language.ts";
import { duplicates, nearDuplicates } from "./repeats.ts";
import { roundTrip, type SearchedDocument } from "./roundTrip.ts";
import { DEFAULT_THRESHOLDS, type FilterThresholds } from "./thresholds.ts";
import type { Verdict } from "./verdict.ts";
import { copied, emptiness, metaTalk, personalData } from "./wording.ts";

export interface FilterOptions {
  /** Null leaves out the filters that need the base: generic and round trip. */
  embed: EmbedTexts | null;
  thresholds?: FilterThresholds;
  /** Real questions that set the style. */
  examples?: readonly string[];
  /** Filters that are not to be used. */
  without?: readonly FilterName[];
  signal?: AbortSignal;
  /** The filter that looks now; of one that takes long, how many questions it has looked at, of how many. */
  onProgress?: (filter: FilterName, done?: number, total?: number) => void;
}

export interface Filtered {
  kept: WrittenQuestion[];
  rejected: RejectedQuestion[];
  /** Questions that each filter rejected; a filter that was not used is absent. */
  counts: Partial<Record<FilterName, number>>;
  thresholds: FilterThresholds;
}

/** Weak pairs are copied by their nature, and no model wrote them. */
const FOR_GENERATED: ReadonlySet<FilterName> = new Set(["meta-talk", "copied", "language"]);

/**
 * Parts written questions into kept and rejected ones, filter by filter in the order of {@link FILTER_NAMES}; a question is
 * rejected by the first that minds it. Nothing is lost: kept and rejected together are what came in.
 */
export const filterQuestions = async (
  questions: readonly WrittenQuestion[],
  passages: readonly Passage[],
  options: FilterOptions,
): Promise<Filtered> => {
  const { thresholds = DEFAULT_THRESHOLDS, without = [], signal, onProgress } = options;
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  const filters = await filtersOf(byId, { ...options, thresholds });
  const result: Filtered = { kept: [...questions], rejected: [], counts: {}, thresholds };
  const weakAlone = questions.length > 0 && questions.every(({ origin }) => origin === "weak");
  for (const name of FILTER_NAMES) {
    const filter = filters[name];
    if (!filter || without.includes(name) || (weakAlone && FOR_GENERATED.has(name))) continue;
    onProgress?.(name);
    await yieldToEventLoop();
    signal?.throwIfAborted();
    const looked = FOR_GENERATED.has(name) ? result.kept.filter(({ origin }) => origin === "generated") : result.kept;
    const verdicts = new Map((await filter(looked)).map((verdict, i) => [looked[i], verdict]));
    const before = result.kept.length;
    result.kept = result.kept.filter((question) => {
      const verdict = verdicts.get(question);
      if (verdict) result.rejected.push({ ...question, filter: name, found: [], ...verdict });
      return !verdict;
    });
    result.counts[name] = before - result.kept.length;
  }
  return result;
};

type Filter = (questions: readonly WrittenQuestion[]) => (Verdict | null)[] | Promise<(Verdict | null)[]>;

const filtersOf = async (
  byId: ReadonlyMap<string, Passage>,
  { embed, thresholds, examples = [], signal, onProgress }: FilterOptions & { thresholds: FilterThresholds },
): Promise<Partial<Record<FilterName, Filter>>> => {
  const guess = await loadLanguageGuesser();
  const right = new Set(examples.flatMap((text) => guess(text) ?? []));
  const each =
    (look: (question: WrittenQuestion, passage: Passage) => Verdict | null): Filter =>
    (questions) =>
      questions.map((question) => look(question, entry(byId, question.passage)));
  return {
    empty: each(({ text }) => emptiness(text, thresholds)),
    "meta-talk": each(({ text }) => metaTalk(text)),
    "personal-data": each(({ text }) => personalData(text)),
    copied: each(({ text }, passage) => copied(text, passage, thresholds)),
    language: each(({ text }, passage) => otherLanguage(text, passage, guess, right)),
    duplicate: (questions) => duplicates(questions, examples),
    "near-duplicate": nearDuplicates,
    ...(embed && byTheBase(embed, byId, thresholds, { signal, onProgress })),
  };
};

/** The filters that look through the base's eyes; documents are embedded once for both. */
const byTheBase = (
  embed: EmbedTexts,
  byId: ReadonlyMap<string, Passage>,
  { genericDeviations, roundTripDepth }: FilterThresholds,
  { signal, onProgress }: Pick<FilterOptions, "signal" | "onProgress">,
): Partial<Record<FilterName, Filter>> => {
  const answerOf = ({ positive, passage }: WrittenQuestion): string => positive ?? entry(byId, passage).text;
  const embedDocuments = once((documents: readonly SearchedDocument[]) =>
    embed(
      documents.map(({ text }) => text),
      "document",
      signal,
    ),
  );
  const embedQueries = memory((texts: readonly string[]) => embed(texts, "query", signal));
  let searched: SearchedDocument[] | null = null;
  return {
    generic: async (questions) => {
      searched ??= documentsOf(questions, byId, answerOf);
      if (questions.length === 0) return [];
      const documents = await embedDocuments(searched);
      const queries = await embedQueries(questions.map(({ text }) => text));
      return generic(queries.vectors, documents.vectors, documents.dim, genericDeviations);
    },
    "round-trip": async (questions) => {
      searched ??= documentsOf(questions, byId, answerOf);
      if (questions.length === 0) return [];
      const texts = questions.map(({ text }) => text);
      const documents = await embedDocuments(searched);
      const embedded = { queries: await embedQueries(texts), documents };
      return roundTrip(texts, questions.map(answerOf), searched, embedded, roundTripDepth, {
        signal,
        onProgress: (done, total) => onProgress?.("round-trip", done, total),
      });
    },
  };
};

/** All passages; where questions bring answers of their own, those answers, since a passage holds its weak question. */
const documentsOf = (
  questions: readonly WrittenQuestion[],
  byId: ReadonlyMap<string, Passage>,
  answerOf: (question: WrittenQuestion) => string,
): SearchedDocument[] => {
  const own = questions.some(({ positive }) => positive !== undefined);
  const all = own
    ? questions.map((question) => ({ passage: question.passage, text: answerOf(question) }))
    : [...byId.values()].map(({ id, text }) => ({ passage: id, text }));
  return [...new Map(all.map((document) => [document.text, document])).values()];
};

const once = <A, R>(make: (argument: A) => Promise<R>): ((argument: A) => Promise<R>) => {
  let made: Promise<R> | null = null;
  return (argument) => (made ??= make(argument));
};

/** Embeds each text once; later calls ask for some of the same texts. */
const memory = (embed: (texts: readonly string[]) => ReturnType<EmbedTexts>): typeof embed => {
  const rows = new Map<string, Float32Array>();
  return async (texts) => {
    const fresh = [...new Set(texts)].filter((text) => !rows.has(text));
    let dim = [...rows.values()][0]?.length ?? 0;
    if (fresh.length > 0) {
      const made = await embed(fresh);
      dim = made.dim;
      fresh.forEach((text, i) => rows.set(text, made.vectors.subarray(i * dim, (i + 1) * dim)));
    }
    const vectors = new Float32Array(texts.length * dim);
    texts.forEach((text, i) => vectors.set(entry(rows, text), i * dim));
    return { dim, vectors };
  };
};
