import { countPassages, provenanceOf, questionsOf, weakEntries } from "../../../domain/questions/account.ts";
import { estimateRun, spentBy, type Prices } from "../../../domain/questions/estimate.ts";
import type { Passage } from "../../../domain/questions/passage.ts";
import { realPairs } from "../../../domain/questions/realQuestions.ts";
import type { LedgerEntry, WrittenQuestion } from "../../../domain/questions/types.ts";
import { weakQuestions } from "../../../domain/questions/weak.ts";
import { mulberry32, shuffle } from "../../../domain/random.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { Provenance } from "../../../domain/dataset/provenance.ts";
import type { Judgement, QuestionsView, RealView, ReviewView, WritingView } from "../protocol.ts";
import type { StoredDocuments, StoredFiltered, StoredReal, StoredWriting } from "../storage.ts";

/** Everything about one set of documents, as the worker holds it. */
export interface Project {
  stored: StoredDocuments;
  passages: Map<string, Passage>;
  writing: StoredWriting | null;
  /** In the order in which the passages were asked about. */
  entries: LedgerEntry[];
  filtered: StoredFiltered | null;
  real: StoredReal | null;
  judgements: Map<string, Judgement>;
  prices?: Prices;
}

export const newProject = (stored: StoredDocuments): Project => ({
  stored,
  passages: new Map(stored.passages.map((passage) => [passage.id, passage])),
  writing: null,
  entries: [],
  filtered: null,
  real: null,
  judgements: new Map(),
});

/** What was written, whichever way. */
export const writtenQuestions = ({ writing, entries, passages }: Project): WrittenQuestion[] => {
  if (writing?.settings.writer.kind !== "weak") return questionsOf(entries);
  const { perPassage } = writing.settings;
  return entries.flatMap(({ passage: id }) => {
    const passage = passages.get(id);
    return passage ? weakQuestions(passage).slice(0, perPassage) : [];
  });
};

/** The entries of weak pairs of all passages, in an order drawn by the seed. */
export const weakLedger = ({ stored }: Project, perPassage: number, seed: number): LedgerEntry[] => {
  const taken = shuffle([...stored.passages], mulberry32(seed));
  return weakEntries(
    taken,
    taken.flatMap((passage) => weakQuestions(passage).slice(0, perPassage)),
  );
};

/** Questions of the review's sample. */
const SAMPLE = 30;

/** Names a question over reloads: its passage and its words. */
export const questionId = ({ passage, text }: Pick<WrittenQuestion, "passage" | "text">): string =>
  `${passage}\n${text}`;

/** A sample of the questions that passed, the same at every look at them. */
export const sampleOf = ({ filtered, writing }: Project): WrittenQuestion[] =>
  shuffle([...(filtered?.kept ?? [])], mulberry32(writing?.settings.seed ?? 0)).slice(0, SAMPLE);

/** The questions as they would be used now: those that passed and were not rejected, and those brought back. */
export const usedQuestions = ({ filtered, judgements }: Project): WrittenQuestion[] => {
  if (!filtered) return [];
  const verdict = (question: WrittenQuestion) => judgements.get(questionId(question));
  const used = [
    ...filtered.kept.filter((question) => verdict(question)?.verdict !== "rejected"),
    ...filtered.rejected.filter((question) => verdict(question)?.verdict === "accepted"),
  ];
  return used.map(({ passage, text, origin, positive }) => ({
    passage,
    text: judgements.get(questionId({ passage, text }))?.text ?? text,
    origin,
    ...(positive !== undefined && { positive }),
  }));
};

/**
 * What the pairs were made of: each filter's count without what the person brought back, and what they rejected.
 *
 * @throws StudioError `questions-none-kept`
 */
export const madeOf = (project: Project): Provenance => {
  const { writing, entries, filtered, judgements } = project;
  if (!writing || !filtered)
    throw new StudioError("questions-none-kept", "No questions were written yet.", "Have questions written first.");
  const { writer, seed, perPassage, examples } = writing.settings;
  const made = {
    writer: writer.kind === "server" ? ("endpoint" as const) : writer.kind,
    model: writer.kind === "weak" ? null : writer.model,
    promptHash: writing.promptHash,
    seed,
    perPassage,
    examples: examples.length,
  };
  const { questions, ...provenance } = provenanceOf(made, entries, { ...filtered, kept: usedQuestions(project) });
  const brought = filtered.rejected.filter((one) => judgements.get(questionId(one))?.verdict === "accepted");
  const rejected: Record<string, number> = { ...questions.rejected };
  for (const { filter } of brought) rejected[filter] = (rejected[filter] ?? 0) - 1;
  const review = reviewView(project, 0).rejectedByPerson;
  const written = filtered.kept.length + filtered.rejected.length;
  return { ...provenance, questions: { written, kept: questions.kept, rejected: { ...rejected, review } } };
};

export const viewOf = (project: Project): QuestionsView => {
  const { stored, filtered, entries } = project;
  const { name, createdAt, documents, refused, passages, tokens } = stored;
  const used = usedQuestions(project);
  return {
    name,
    createdAt,
    documents: documents.length,
    refused: refused.length,
    passages: passages.length,
    tokens,
    writing: writingView(project),
    filtered: filtered && {
      counts: filtered.counts,
      thresholds: filtered.thresholds,
      kept: filtered.kept.length,
      rejected: filtered.rejected.length,
      passages: countPassages(entries, used),
      apart: filtered.apart ?? null,
    },
    review: filtered && reviewView(project, used.length),
    real: realView(project),
  };
};

const realView = ({ real, passages }: Project): RealView | null =>
  real && {
    name: real.name,
    questions: real.questions.length,
    named: real.questions.filter((question) => question.passages.length > 0).length,
    firstUnnamed: real.questions.find((question) => question.passages.length === 0)?.text ?? null,
    isTest: realPairs(real.questions, passages).length > 0,
  };

const writingView = ({ writing, entries, stored, prices, ...rest }: Project): WritingView | null => {
  if (!writing) return null;
  const failures = entries.filter((entry) => entry.outcome === "failed");
  const total = stored.passages.length;
  const asked = entries.filter(({ inputTokens, outputTokens }) => inputTokens + outputTokens > 0).length;
  return {
    settings: writing.settings,
    done: entries.length,
    total,
    questions: writtenQuestions({ writing, entries, stored, ...rest }).length,
    failed: failures.length,
    skipped: entries.filter(({ outcome }) => outcome === "skipped").length,
    firstFailure: failures[0]?.problem ?? null,
    tokens: spentBy(entries).tokens,
    estimate: asked > 0 ? estimateRun(entries, writing.seconds, total, prices) : null,
  };
};

const reviewView = (project: Project, pairs: number): ReviewView => {
  const { judgements, filtered } = project;
  const verdictOf = (question: WrittenQuestion) => judgements.get(questionId(question))?.verdict ?? null;
  const sample = sampleOf(project).map(verdictOf);
  const kept = filtered?.kept ?? [];
  return {
    sample: sample.length,
    judged: sample.filter((verdict) => verdict !== null).length,
    accepted: sample.filter((verdict) => verdict === "accepted").length,
    rejectedByPerson: kept.filter((question) => verdictOf(question) === "rejected").length,
    restored: (filtered?.rejected ?? []).filter((question) => verdictOf(question) === "accepted").length,
    edited: [...judgements.values()].filter(({ text }) => text !== undefined).length,
    pairs,
  };
};
