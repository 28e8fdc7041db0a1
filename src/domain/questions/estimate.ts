import type { LedgerEntry } from "./types.ts";

/** Prices of a million tokens, in whatever currency the person thinks in. */
export interface Prices {
  input: number;
  output: number;
}

/** A run ends before it spends more. */
export interface Caps {
  tokens?: number;
  cost?: number;
  prices?: Prices;
}

export interface Spent {
  tokens: number;
  /** 0 without prices. */
  cost: number;
  /** Passages that tokens were spent on. */
  passages: number;
}

/** What entries cost. */
export const spentBy = (entries: Iterable<LedgerEntry>, prices?: Prices): Spent => {
  const spent = { tokens: 0, cost: 0, passages: 0 };
  for (const entry of entries) spend(spent, entry, prices);
  return spent;
};

/** Adds an entry to what was spent. */
export const spend = (spent: Spent, { inputTokens, outputTokens }: LedgerEntry, prices?: Prices): void => {
  spent.tokens += inputTokens + outputTokens;
  spent.cost += prices ? (inputTokens * prices.input + outputTokens * prices.output) / 1e6 : 0;
  if (inputTokens + outputTokens > 0) spent.passages++;
};

/** Passages that are asked before an estimate is given. */
export const SAMPLE_PASSAGES = 20;

export interface Estimate {
  /** Of all passages, the sample with them. */
  tokens: number;
  seconds: number;
  /** Null without prices. */
  cost: number | null;
}

/**
 * What all passages will take, by those that were asked.
 *
 * @param seconds  that the sample took
 * @param total  passages of the run
 */
export const estimateRun = (
  sample: readonly LedgerEntry[],
  seconds: number,
  total: number,
  prices?: Prices,
): Estimate => {
  const scale = sample.length > 0 ? total / sample.length : 0;
  const { tokens, cost } = spentBy(sample, prices);
  return { tokens: Math.round(tokens * scale), seconds: seconds * scale, cost: prices ? cost * scale : null };
};
