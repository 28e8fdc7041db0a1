import type { Verdict } from "../judged/types.ts";

/** The parts of an observation, or of a data set's item, in which a question or documents may stand. */
export type Part = "input" | "output" | "expectedOutput" | "metadata";

/** Where a value stands: a part, then the keys of objects in it. */
export type Path = readonly [Part, ...string[]];

/** A retrieval that Langfuse has seen, or an item of a Langfuse data set, in one form for all versions of its API. */
export interface TraceItem {
  id: string;
  /** ISO 8601: when it began, or was made. */
  at: string;
  parts: Partial<Record<Part, unknown>>;
}

/** An item that was judged. */
export interface JudgedItem extends TraceItem {
  verdicts: Verdict[];
}

/** Which parts of an item are the question and the documents. */
export interface Mapping {
  question: Path;
  documents: Path;
  /** Documents that are wrong; null where none are named. */
  negatives: Path | null;
  /** How many of the documents are taken, in their order; null takes all. */
  first: number | null;
}

/** Where judged retrievals are read. */
export type Source =
  | { kind: "dataset"; name: string }
  | {
      kind: "score";
      name: string;
      /** Which values are good and bad, as {@link parseRule} reads them. */
      good: string;
      bad: string;
      /** ISO 8601; retrievals that began in [from, to). */
      from: string;
      to: string;
    };

/** A score as any version of the API gives it. */
export interface TraceScore {
  value: number | string | boolean;
  /** What it is about; null is neither a trace nor an observation. */
  subject: { kind: "trace" | "observation"; id: string } | null;
}
