/** What the file dialog offers. The content, not the name, decides how a file is read. */
export const ACCEPT = ".jsonl,.ndjson,.json,.csv,.tsv,.parquet,.gz,.txt";

/** Samples that come with the studio. */
export const SAMPLES = {
  good: "/samples/support.jsonl",
  flawed: "/samples/support-with-errors.jsonl",
} as const;
