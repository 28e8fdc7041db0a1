import { normalizeText } from "../text/index.ts";

/** A run of text as pdf.js gives it. */
interface TextItem {
  str: string;
  hasEOL: boolean;
  /** [a, b, c, d, e, f]; the length of (c, d) is the font's size. */
  transform: readonly number[];
}

/** A line of a page with the size of its largest letters. */
export interface PdfLine {
  text: string;
  size: number;
}

/** The lines of a page, in the order in which the file has them. */
export const linesOf = (items: readonly TextItem[]): PdfLine[] => {
  const lines: PdfLine[] = [];
  let line: PdfLine = { text: "", size: 0 };
  for (const { str, hasEOL, transform } of items) {
    line.text += str;
    if (str.trim() !== "") line.size = Math.max(line.size, Math.hypot(transform[2] ?? 0, transform[3] ?? 0));
    if (!hasEOL) continue;
    lines.push(line);
    line = { text: "", size: 0 };
  }
  return [...lines, line];
};

/** Letters that are larger than the text's by this factor make a heading … */
const LARGER = 1.15;
/** … in a line that is no longer than this … */
const LONGEST = 120;
/** … as long as few lines are: sizes guessed by text recognition vary from line to line. */
const MOST_HEADINGS = 0.3;

/** The lines that are headings: titles of the file's outline, or lines in larger letters than most of the text. */
export const pdfHeadings = (lines: readonly PdfLine[], outline: readonly string[]): string[] => {
  const titles = new Set(outline.map(normalizeText));
  const body = usualSize(lines);
  const written = lines.filter(({ text }) => /\p{L}/u.test(text));
  const isLarge = ({ text, size }: PdfLine) => size >= body * LARGER && text.trim().length <= LONGEST;
  const sizes = written.filter(isLarge).length <= MOST_HEADINGS * written.length;
  return written
    .filter((line) => titles.has(normalizeText(line.text)) || (sizes && isLarge(line)))
    .map(({ text }) => text.trim());
};

/** The size of most letters, to a quarter of a point. */
const usualSize = (lines: readonly PdfLine[]): number => {
  const letters = new Map<number, number>();
  for (const { text, size } of lines) {
    const rounded = Math.round(size * 4) / 4;
    letters.set(rounded, (letters.get(rounded) ?? 0) + text.trim().length);
  }
  return [...letters].reduce(
    ([size, most], [other, count]) => (count > most ? [other, count] : [size, most]),
    [0, 0],
  )[0];
};
