/** A heading by where its line begins in the text. */
export interface Heading {
  at: number;
  text: string;
}

const FENCE = /^\s{0,3}(```|~~~)/;
const ATX = /^ {0,3}#{1,6}\s+(.+?)(?:\s+#+)?\s*$/;

/** The headings of a Markdown text (`# …`), without what only looks like one in a block of code. */
export const markdownHeadings = (text: string): Heading[] => {
  const headings: Heading[] = [];
  let at = 0;
  let fence: string | null = null;
  for (const line of text.split("\n")) {
    const mark = FENCE.exec(line)?.[1] ?? null;
    if (mark !== null && (fence === null || fence === mark)) fence = fence === null ? mark : null;
    const heading = fence === null ? ATX.exec(line)?.[1] : undefined;
    if (heading !== undefined) headings.push({ at, text: heading });
    at += line.length + 1;
  }
  return headings;
};

/** Where headings that are known by their words stand in a text, each on a line of its own and in their order. */
export const locateHeadings = (text: string, known: readonly string[]): Heading[] => {
  const headings: Heading[] = [];
  let next = 0;
  let at = 0;
  for (const line of text.split("\n")) {
    // A heading that is not found as a line, since it was cut by a break or left out, holds up none of the others.
    const found = known.indexOf(line.trim(), next);
    if (line.trim() !== "" && found >= 0) {
      headings.push({ at, text: line.trim() });
      next = found + 1;
    }
    at += line.length + 1;
  }
  return headings;
};

/** The heading in force at a place: the last one that begins at or before it. */
export const headingAt = (headings: readonly Heading[], place: number): string | null =>
  headings.findLast(({ at }) => at <= place)?.text ?? null;
