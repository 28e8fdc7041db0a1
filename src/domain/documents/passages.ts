import { chunkText, type Chunk, type ChunkOptions } from "./chunk.ts";
import { headingAt } from "./headings.ts";
import { passageId, type Passage } from "../questions/passage.ts";
import type { ReadDocument } from "./readDocuments.ts";

/** A passage as it is embedded and searched, and where it stands. */
export interface CutPassage extends Chunk {
  /** The nearest heading above it, or the first one in it; null where the document has none. */
  heading: string | null;
  /** The headings that begin in it. */
  inside: string[];
}

/** Passages of at most 256 tokens that share up to 32 with the one before, as the server cuts unless it is told otherwise. */
export const CUT = { size: 256, overlap: 32 } as const;

/** Cuts a document into passages: the server's own cut, with the heading that each stands under. */
export const cutDocument = async (
  { text, mediaType, headings }: Pick<ReadDocument, "text" | "mediaType" | "headings">,
  options: ChunkOptions,
): Promise<CutPassage[]> => {
  let from = 0;
  return (await chunkText(text, mediaType, options)).map((chunk) => {
    const found = text.indexOf(chunk.text, from);
    const at = found < 0 ? from : found;
    from = at + 1;
    const inside = headings
      .filter((heading) => heading.at >= at && heading.at < at + chunk.text.length)
      .map((heading) => heading.text);
    return { ...chunk, heading: headingAt(headings, at) ?? inside[0] ?? null, inside };
  });
};

/** The passages of a document as questions are written about them, with their lengths in tokens. */
export const passagesOf = async (
  document: ReadDocument,
  options: ChunkOptions,
): Promise<(Passage & { tokens: number })[]> =>
  (await cutDocument(document, options)).map(({ text, heading, tokens, inside }, i) => ({
    id: passageId(document.name, i + 1),
    document: document.name,
    title: document.title,
    heading,
    text,
    tokens,
    ...(inside.length > 0 && document.mediaType !== "text/markdown" && { headings: inside }),
  }));
