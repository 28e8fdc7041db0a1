import { quantileOfSorted } from "../../quantile.ts";
import type { PairRow } from "../types.ts";
import { counted, dropRows, finding, keep, percent, type Examined } from "./examined.ts";
import type { Finding, LengthSummary, TokenLengths } from "./types.ts";

/** The texts whose token counts `diagnose` takes: each row's query; each row's positives, then its negatives. */
export const lengthTexts = (rows: readonly PairRow[]): { queries: string[]; documents: string[] } => ({
  queries: rows.map((row) => row.query),
  documents: rows.flatMap((row) => [...row.positives, ...row.negatives]),
});

/**
 * A rough token count for when no tokenizer is at hand: four ASCII characters or one other character a token, plus the end
 * token.
 */
export const estimateTokens = (text: string): number => {
  let ascii = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 128) ascii++;
  return Math.ceil(ascii / 4) + (text.length - ascii) + 1;
};

export const estimateLengths = (rows: readonly PairRow[]): TokenLengths => {
  const { queries, documents } = lengthTexts(rows);
  return { queries: queries.map(estimateTokens), documents: documents.map(estimateTokens) };
};

const BINS = 20;

/** Five numbers and a histogram. */
export const summarize = (lengths: ArrayLike<number>, unit: LengthSummary["unit"]): LengthSummary => {
  const sorted = Float64Array.from(lengths).sort();
  const at = (p: number): number => (sorted.length > 0 ? quantileOfSorted(sorted, p) : 0);
  const width = Math.max(1, Math.ceil((at(0.99) + 1) / BINS));
  const histogram = Array.from({ length: BINS }, (_, i) => ({ from: i * width, to: (i + 1) * width, count: 0 }));
  for (const length of sorted) {
    const bin = histogram[Math.min(BINS - 1, Math.floor(length / width))];
    if (bin) bin.count++;
  }
  return { unit, count: sorted.length, min: at(0), median: at(0.5), p95: at(0.95), max: at(1), histogram };
};

/** Rows with a text that is longer than the model will read. */
export const truncation = (
  examined: Examined,
  lengths: TokenLengths,
  maxTokens: number,
  estimated: boolean,
): Finding[] => {
  const rows: number[] = [];
  let texts = 0;
  let cut = 0;
  examined.rows.forEach((row, i) => {
    let longest = lengths.queries[i] ?? 0;
    for (let d = 0; d < row.positives.length + row.negatives.length; d++, texts++) {
      const length = lengths.documents[texts] ?? 0;
      if (length > maxTokens) cut++;
      longest = Math.max(longest, length);
    }
    if (longest > maxTokens) rows.push(i);
  });
  if (rows.length === 0) return [];
  const queries = rows.filter((row) => (lengths.queries[row] ?? 0) > maxTokens).length;
  const about = estimated ? "about " : "";
  return [
    finding(examined, "truncated", cut + queries > 0.05 * (texts + examined.rows.length) ? "warning" : "info", rows, {
      count: cut + queries,
      sentence:
        `${about}${percent(cut / Math.max(1, texts))} of the documents (${counted(cut, "document")})${queries > 0 ? ` and ${counted(queries, "query", "queries")}` : ""} are longer than ${maxTokens} tokens.`.replace(
          /^a/,
          "A",
        ),
      advice: "The model does not read what comes after. Raise the limit, or split long documents.",
      choices: [keep("Keep them, cut at the limit"), dropRows(`Leave out ${counted(rows.length, "row")}`, rows)],
    }),
  ];
};
