import { StudioError } from "../../../domain/errors.ts";
import type { RejectedQuestion, WrittenQuestion } from "../../../domain/questions/types.ts";
import type { QuestionList, QuestionRow } from "../protocol.ts";
import { questionId, sampleOf, type Project } from "./project.ts";

type Listed = WrittenQuestion & Partial<Pick<RejectedQuestion, "filter" | "reason" | "found">>;

/** The questions of a list, in one order. */
export const listed = (project: Project, list: QuestionList): readonly Listed[] => {
  if (list === "sample") return sampleOf(project);
  if (list === "kept") return project.filtered?.kept ?? [];
  return (project.filtered?.rejected ?? []).filter(({ filter }) => filter === list);
};

/** @throws StudioError `question-missing` after it was written anew */
export const questionOf = ({ filtered }: Project, id: string): Listed => {
  const all: readonly Listed[] = [...(filtered?.kept ?? []), ...(filtered?.rejected ?? [])];
  const found = all.find((question) => questionId(question) === id);
  if (found) return found;
  throw new StudioError("question-missing", "This question is gone.", "Reload the page to see those that are there.");
};

/** A question with all that a person needs to judge it. */
export const rowOf = ({ passages, judgements }: Project, question: Listed): QuestionRow => {
  const id = questionId(question);
  const passage = passages.get(question.passage);
  const { verdict = null, text } = judgements.get(id) ?? {};
  return {
    id,
    text: text ?? question.text,
    written: text === undefined ? null : question.text,
    document: passage?.document ?? "",
    title: passage?.title ?? null,
    heading: passage?.heading ?? null,
    answer: question.positive ?? passage?.text ?? "",
    filter: question.filter ?? null,
    reason: question.reason ?? null,
    found: (question.found ?? []).map(({ text: found }) => found),
    verdict,
  };
};
