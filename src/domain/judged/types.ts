/** What somebody or something said about documents that were found for a question. */
export type Verdict = "good" | "bad";

/** A question, documents that were found for it, and what was said about them. */
export interface Judged {
  /** Id of the single source: an observation, an item of a data set, a search. */
  id: string;
  /** ISO 8601 */
  at: string;
  query: string;
  documents: readonly string[];
  /** Documents that are wrong whatever the verdict is. */
  negatives?: readonly string[];
  /** Both, where the judges disagree. */
  verdicts: readonly Verdict[];
}

/** A pair that judgements made. */
export interface JudgedPair {
  query: string;
  positives: string[];
  negatives: string[];
  /** When it was judged last, ISO 8601. */
  judgedAt: string;
  /** The sources' ids, hashed. */
  sources: string[];
}

/** What became of the judgements. */
export interface JudgedCounts {
  /** Judgements that were folded, each source once. */
  judged: number;
  pairs: number;
  /** Documents that are positives, and hard negatives, over all pairs. */
  positives: number;
  negatives: number;
  /** Documents that stand on both sides of one question: the data report asks about them. */
  conflicts: number;
  /** Questions of which only bad documents are known: nothing can be learnt from those yet. */
  onlyBad: number;
}
