import type { Provenance } from "../../domain/dataset/provenance.ts";
import type { Problem } from "../../domain/errors.ts";
import type { Caps, Estimate } from "../../domain/questions/estimate.ts";
import type { FilterThresholds } from "../../domain/questions/filters/thresholds.ts";
import type { TellApart } from "../../domain/questions/tellApart.ts";
import type { FilterName, PassageCounts } from "../../domain/questions/types.ts";
import type { BaseRef } from "../engine/protocol.ts";

/** A file to be read, by its path inside what was dropped. */
export interface NamedFile {
  file: Blob;
  name: string;
}

/** A document that was read, without its text. */
export interface DocumentLine {
  name: string;
  passages: number;
  /** What could not be read of it, in sentences. */
  warnings: string[];
}

export interface RefusedFile {
  name: string;
  problem: Problem;
}

export interface ReadingProgress {
  /** The file under way, and how many are done of how many. */
  name: string;
  done: number;
  total: number;
  passages: number;
}

/** What writes the questions. No key is in it, since it is stored: see {@link WritingBounds}. */
export type WriterChoice =
  | { kind: "endpoint"; url: string; model: string }
  /** The model that the studio's server has the key of. */
  | { kind: "server"; model: string }
  /** A small model that runs in the page, by repository and commit. */
  | { kind: "page"; model: string }
  | { kind: "weak" };

/** What decides the questions: another choice here begins anew. */
export interface WritingSettings {
  writer: WriterChoice;
  perPassage: number;
  /** Real questions that set the style. */
  examples: string[];
  seed: number;
}

/** How far one call writes, and what it needs that is not kept. */
export interface WritingBounds {
  /** Ends after so many passages. */
  sample?: number;
  caps?: Caps;
  /** For the studio's server, where it wants one. */
  token?: string | null;
  /** For an endpoint that wants one: held in the page's memory, and sent there alone. */
  key?: string | null;
}

export interface WritingProgress {
  done: number;
  total: number;
  /** Passages that failed so far. */
  failed: number;
  /** Why nothing comes for a while; null while something does. */
  waiting: { milliseconds: number; reason: string } | null;
  /** Bytes of the page's model that are stored, of how many; null once it writes, and for other writers. */
  loading: { done: number; total: number } | null;
  /** The page's model runs on the processor, for want of a GPU. */
  slow: boolean;
}

/** What was written so far, in figures. */
export interface WritingView {
  settings: WritingSettings;
  /** Passages that were looked at, of how many. */
  done: number;
  total: number;
  questions: number;
  failed: number;
  skipped: number;
  /** Why the first of those failed that failed. */
  firstFailure: Problem | null;
  tokens: number;
  /** For all passages, by those that were asked; null before any was. */
  estimate: Estimate | null;
}

/** What the filters rejected, in figures. */
export interface FilteredView {
  counts: Partial<Record<FilterName, number>>;
  thresholds: FilterThresholds;
  kept: number;
  rejected: number;
  /** `asked = kept + rejected + failed + skipped` */
  passages: PassageCounts;
  /** How alike the questions are to the real ones; null without enough of both. */
  apart: TellApart | null;
}

/** Real questions that a person gave, in figures. */
export interface RealView {
  name: string;
  questions: number;
  /** Those that name a document that is here. */
  named: number;
  /** One that names none, to look at. */
  firstUnnamed: string | null;
  /** They are the test, and written ones only train. */
  isTest: boolean;
}

/** Which filter looks now, and how far it is; `total` is 0 where that is done at once. */
export interface FilteringProgress {
  filter: FilterName;
  /** `embedding`: the base reads texts for it; `looking`: it looks at questions. */
  stage: "embedding" | "looking";
  done: number;
  total: number;
}

/** How the filters look at the questions. */
export interface FilterChoice {
  thresholds: FilterThresholds;
  /** Whose eyes they look with. */
  base: BaseRef;
}

/** How far the review is. */
export interface ReviewView {
  /** Questions of the sample of 30, how many of them were judged, and accepted of these. */
  sample: number;
  judged: number;
  accepted: number;
  /** Over all questions. */
  rejectedByPerson: number;
  restored: number;
  edited: number;
  /** Pairs that would be used now. */
  pairs: number;
}

/** What the page holds of documents and the questions about them: figures. Texts stay in the worker and its storage. */
export interface QuestionsView {
  name: string;
  /** ISO 8601 */
  createdAt: string;
  documents: number;
  refused: number;
  passages: number;
  tokens: number;
  writing: WritingView | null;
  filtered: FilteredView | null;
  review: ReviewView | null;
  real: RealView | null;
}

/** Which questions a list shows: the sample, those that passed, or those that one filter rejected. */
export type QuestionList = "sample" | "kept" | FilterName;

export type Verdict = "accepted" | "rejected";

/** A question as it is reviewed. */
export interface QuestionRow {
  id: string;
  text: string;
  /** As it was written, when a person changed it. */
  written: string | null;
  document: string;
  title: string | null;
  heading: string | null;
  /** What answers it: the passage, or of a weak pair what is left of it. */
  answer: string;
  filter: FilterName | null;
  reason: string | null;
  /** What was found in place of the passage, or the question that it repeats. */
  found: string[];
  verdict: Verdict | null;
}

/** What of a question a person decided; null takes the verdict back. */
export interface Judgement {
  verdict: Verdict | null;
  /** The question in other words. */
  text?: string;
}

/** The base's vectors, which the engine makes; lent to this worker by the page. */
export interface Embedder {
  embed(texts: string[], kind: "query" | "document"): Promise<{ data: Float32Array; dim: number }>;
}

/**
 * The keeper of documents and of the questions about them: it reads, has questions written, filters them, and answers with
 * figures and small windows. What is done lies in the browser's storage: after a reload it goes on at the passage where it stopped.
 * Errors arrive as `StudioError`: `aborted` after an abort, `questions-missing` when nothing was read yet.
 */
export interface QuestionsService {
  /** What is stored; null when there is nothing. */
  open(): Promise<QuestionsView | null>;
  /**
   * Reads files and cuts them into passages by the base's tokens, in place of what was there; with `add` beside the documents that are
   * there, cut by the base that cut those. Either way questions that were written go: prompts are drawn over all passages.
   *
   * @throws StudioError `documents-none`
   */
  read(
    files: readonly NamedFile[],
    made: { base: BaseRef; createdAt: string; add?: boolean },
    onProgress: (progress: ReadingProgress) => void,
    signal: AbortSignal,
  ): Promise<QuestionsView>;
  /** Reads files, archives and tables as documents, for whoever sends them elsewhere: nothing is kept. */
  texts(
    files: readonly NamedFile[],
    signal: AbortSignal,
  ): Promise<{ documents: { name: string; title: string | null; text: string }[]; refused: RefusedFile[] }>;
  documents(from: number, to: number): Promise<DocumentLine[]>;
  refusedFiles(from: number, to: number): Promise<RefusedFile[]>;
  /**
   * Has questions written, from where the last call stopped; with `sample` for so many passages only. Other settings than the
   * last ones begin anew: what is there goes when the first question is written, and not before. An abort keeps what there is.
   *
   * @throws StudioError those of the writer that end a run; `questions-none-written` where others would have gone for nothing
   */
  write(
    settings: WritingSettings,
    bounds: WritingBounds,
    onProgress: (progress: WritingProgress) => void,
    signal: AbortSignal,
  ): Promise<QuestionsView>;
  /**
   * Takes real questions from a file, with the documents that answer them; null forgets them. What the filters said goes,
   * since it knew others. `style` are the first of them, for the prompts.
   *
   * @throws StudioError `real-questions-none`
   */
  takeReal(file: NamedFile | null): Promise<{ view: QuestionsView; style: string[] }>;
  /**
   * Parts the questions into kept and rejected ones. `embedder` is a port to an {@link Embedder}; it is asked for no text twice,
   * so that other thresholds cost little.
   */
  filter(
    embedder: MessagePort,
    choice: FilterChoice,
    onProgress: (progress: FilteringProgress) => void,
    signal: AbortSignal,
  ): Promise<QuestionsView>;
  /** Rows of a list, and how many it has. */
  rows(list: QuestionList, from: number, to: number): Promise<{ count: number; rows: QuestionRow[] }>;
  /** The row as it is then. */
  judge(id: string, judgement: Judgement): Promise<{ row: QuestionRow; view: QuestionsView }>;
  /** The pairs as they stand, as a file of pairs, and what they were made of. @throws StudioError `questions-none-kept` */
  pairs(): Promise<NamedFile & { provenance: Provenance }>;
  discard(): Promise<void>;
}
