/** A piece of a document that questions are written about, and that answers them: the positive of their pairs. */
export interface Passage {
  /** Unique in a run and the same in every run on the same documents: see {@link passageId}. */
  id: string;
  /** What the passage was cut from: a path or an id. Passages of one document stand on one side of a split. */
  document: string;
  /** Title of the document; null without one. */
  title: string | null;
  /** The nearest heading above the passage, or in its first line; null without one. */
  heading: string | null;
  text: string;
  /** The headings in it, each a line of its own; absent where it has none, and in Markdown, which marks them in the text. */
  headings?: string[];
}

/** `document#n`, the n-th passage of its document from 1 on. */
export const passageId = (document: string, number: number): string => `${document}#${number}`;
