import { renameSync, writeFileSync } from "node:fs";

/** Writes a text file under a passing name first: whoever reads it finds all of it, or none. */
export const writeWhole = (path: string, text: string): void => {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
};
