import { isKnownName } from "./names.ts";

const NUMBER = /^[-+]?[\d.,]+$/;
const NUMBERED = /^[A-Za-z]{0,12}[-_:#/]?\d+$/;

/**
 * Whether a first CSV record names columns: a known name, or short cells that are neither sentences, nor numbers, nor an
 * id beside words.
 */
export const looksLikeHeader = (cells: readonly string[]): boolean => {
  if (cells.some(isKnownName)) return true;
  const names = cells.map((cell) => cell.trim());
  const words = (name: string): number => name.split(/\s+/).length;
  if (names.some((name) => NUMBER.test(name) || name.length > 30 || words(name) > 3)) return false;
  return !(names.some((name) => NUMBERED.test(name)) && names.some((name) => words(name) > 1));
};
