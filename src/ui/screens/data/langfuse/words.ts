/** A path as a person reads it: `output › documents`. */
export const pathWords = (path: readonly string[]): string =>
  path.map((part) => (part === "expectedOutput" ? "expected output" : part)).join(" › ");
