import type { TrainingExample } from "../../domain/dataset/types.ts";
import { at } from "../../domain/present.ts";
import { normalizeText } from "../../domain/text/index.ts";
import type { Prompts } from "../../domain/text/prompts.ts";
import type { TextTokenizer } from "../../domain/text/tokenizer.ts";

/** Training examples as token ids; equal texts share one entry. */
export interface TokenizedExamples {
  /** Distinct sequences, by id. Queries and documents are apart, since their prompts differ. */
  sequences: Int32Array[];
  /** Which text a sequence is, by its id: texts that are the same after normalization have one number. */
  identity: number[];
  rows: TokenizedRow[];
  /** Identities of all documents known to answer a query, by the query's identity. */
  knownPositives: Map<number, Set<number>>;
  /** Sequences that the limit of tokens has cut. */
  truncated: number;
}

/** Indices into `sequences`. */
export interface TokenizedRow {
  query: number;
  positive: number;
  negatives: number[];
  /** A teacher's scores of the positive, then of the negatives; null where it has none. Absent where it has none at all. */
  scores?: (number | null)[];
}

/** Rows between two reports, so that a page's worker stays able to answer. */
const REPORT_EVERY = 64;

/** Tokenizes examples with their prompts; every distinct text once. */
export const tokenizeExamples = async (
  examples: readonly TrainingExample[],
  tokenizer: TextTokenizer,
  prompts: Prompts,
  maxTokens: number,
  onProgress: (done: number, total: number) => void | Promise<void> = () => undefined,
): Promise<TokenizedExamples> => {
  const sequences: Int32Array[] = [];
  const identity: number[] = [];
  const identities = new Map<string, number>();
  const identityOf = (text: string): number => {
    const key = normalizeText(text);
    const known = identities.get(key);
    if (known === undefined) identities.set(key, identities.size);
    return known ?? identities.size - 1;
  };
  const ids = { query: new Map<string, number>(), document: new Map<string, number>() };
  let truncated = 0;
  const idOf = (kind: "query" | "document", text: string): number => {
    const known = ids[kind].get(text);
    if (known !== undefined) return known;
    const sequence = tokenizer.encode(prompts[kind], text, maxTokens);
    if (sequence.length === maxTokens && tokenizer.count(prompts[kind], text) > maxTokens) truncated++;
    sequences.push(sequence);
    identity.push(identityOf(text));
    ids[kind].set(text, sequences.length - 1);
    return sequences.length - 1;
  };
  const rows: TokenizedRow[] = [];
  for (const [index, { query, positive, negatives, scores }] of examples.entries()) {
    if (index % REPORT_EVERY === 0) await onProgress(index, examples.length);
    rows.push({
      query: idOf("query", query),
      positive: idOf("document", positive),
      negatives: negatives.map((negative) => idOf("document", negative)),
      ...(scores && { scores }),
    });
  }
  await onProgress(examples.length, examples.length);
  return { sequences, identity, rows, knownPositives: positivesByQuery(rows, identity), truncated };
};

/** Which documents answer each query, over all rows; by identity. */
const positivesByQuery = (rows: readonly TokenizedRow[], identity: readonly number[]): Map<number, Set<number>> => {
  const known = new Map<number, Set<number>>();
  for (const { query, positive } of rows) {
    const key = at(identity, query);
    const set = known.get(key) ?? new Set();
    known.set(key, set.add(at(identity, positive)));
  }
  return known;
};
