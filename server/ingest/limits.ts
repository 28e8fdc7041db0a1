/** What one request may bring. */
export const INTAKE_LIMITS = {
  /** A JSON body. */
  jsonBytes: 32 * 1024 * 1024,
  /** One line of a stream, and the whole of it. */
  lineBytes: 8 * 1024 * 1024,
  streamBytes: 1024 * 1024 * 1024,
  documents: 100_000,
  /** Files of one upload. */
  files: 100,
  fileBytes: 25 * 1024 * 1024,
} as const;
