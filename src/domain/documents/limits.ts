/** What is read as documents, and how much of it; documented in docs/questions.md. */
export const DOCUMENT_LIMITS = {
  /** One document: larger ones are refused by their size alone. */
  fileBytes: 100 * 2 ** 20,
  /** A zip archive is never held whole; what comes out of it is limited all the same. */
  archiveEntries: 100_000,
  archiveUnpackedBytes: 2 * 2 ** 30,
} as const;
