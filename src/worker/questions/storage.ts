import type { Passage } from "../../domain/questions/passage.ts";
import type { Filtered } from "../../domain/questions/filters/filter.ts";
import type { RealQuestion } from "../../domain/questions/realQuestions.ts";
import type { TellApart } from "../../domain/questions/tellApart.ts";
import type { Ledger, LedgerEntry } from "../../domain/questions/types.ts";
import type { BaseRef } from "../engine/protocol.ts";
import type { DocumentLine, Judgement, RefusedFile, WritingSettings } from "./protocol.ts";

/** What the questions worker keeps in the browser's storage, and the port through which it does. */

export interface StoredDocuments {
  name: string;
  /** ISO 8601 */
  createdAt: string;
  /** Whose tokens the passages are counted in. */
  base: BaseRef;
  documents: DocumentLine[];
  refused: RefusedFile[];
  passages: Passage[];
  tokens: number;
}

/** What a run of writing was begun with, and how long it took so far. */
export interface StoredWriting {
  settings: WritingSettings;
  seconds: number;
  /** SHA-256 of what its prompts share; null of weak pairs, and before the first call came back. */
  promptHash: string | null;
}

/** Real questions that a person gave, which the written ones are tested on. They stay until other documents are read. */
export interface StoredReal {
  name: string;
  questions: RealQuestion[];
}

/** What the filters left, and how well its questions can be told from the real ones; absent without enough of both. */
export interface StoredFiltered extends Filtered {
  apart?: TellApart | null;
}

/** One set of documents at a time; another takes its place. */
export interface QuestionsStorage {
  loadDocuments(): Promise<StoredDocuments | null>;
  /** Puts them in place of all that was stored. */
  saveDocuments(documents: StoredDocuments): Promise<void>;
  loadWriting(): Promise<StoredWriting | null>;
  saveWriting(writing: StoredWriting): Promise<void>;
  ledger: Ledger;
  /** Forgets all that was written, and what was said about it. */
  forgetWriting(): Promise<void>;
  /** Many entries at once, wholly or not at all. */
  saveEntries(entries: readonly LedgerEntry[]): Promise<void>;
  /** The entries, in the order of their passages' ids. */
  entries(): Promise<LedgerEntry[]>;
  loadReal(): Promise<StoredReal | null>;
  saveReal(real: StoredReal | null): Promise<void>;
  loadFiltered(): Promise<StoredFiltered | null>;
  /** Null forgets it; judgements stay, since each names its question. */
  saveFiltered(filtered: StoredFiltered | null): Promise<void>;
  loadJudgements(): Promise<Map<string, Judgement>>;
  saveJudgement(id: string, judgement: Judgement): Promise<void>;
  clear(): Promise<void>;
}
