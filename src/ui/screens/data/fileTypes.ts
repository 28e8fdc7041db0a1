/** What the file dialog offers. The content, not the name, decides how a file is read. */
export const ACCEPT = ".jsonl,.ndjson,.json,.csv,.tsv,.parquet,.gz,.txt,.zip";

/** Samples that come with the studio. */
export const SAMPLES = {
  good: "/samples/support.jsonl",
  flawed: "/samples/support-with-errors.jsonl",
} as const;

/** How many pairs the good sample holds, as its buttons say; a test counts them in the file. */
export const SAMPLE_PAIRS = 1282;
