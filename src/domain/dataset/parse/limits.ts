/** Documented in docs/data.md; each has its own error with advice. A page holds all rows in memory, hence the ceilings. */
export const LIMITS = {
  /** Unpacked bytes of a JSONL, CSV, TSV or text file, which are read as a stream. */
  textBytes: 256 * 2 ** 20,
  /** A JSON document or a Parquet file has to be held whole. */
  wholeFileBytes: 128 * 2 ** 20,
  /** One line or record. A longer line is a bad line; a longer quoted CSV field ends the reading. */
  lineBytes: 16 * 2 ** 20,
  rows: 1_000_000,
  badLines: 100_000,
  /** Characters of a bad line that are kept for the person to see. */
  badLineText: 400,
  /** A file whose first so many lines are all not JSON is not JSONL. */
  hopelessLines: 1_000,
} as const;
