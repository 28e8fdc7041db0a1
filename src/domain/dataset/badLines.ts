import type { BadLine } from "./types.ts";

/** Lines of the file that are lost with these: a bad record may take several. */
export const linesLost = (badLines: readonly Pick<BadLine, "lines">[]): number =>
  badLines.reduce((sum, { lines = 1 }) => sum + lines, 0);
