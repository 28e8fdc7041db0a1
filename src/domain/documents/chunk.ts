import type { MediaType } from "./refusal.ts";

/** A piece of a text with its length in tokens of the base's tokenizer, without prompt. */
export interface Chunk {
  text: string;
  tokens: number;
}

export interface ChunkOptions {
  /** Tokens of a passage, at most. */
  size: number;
  /** Tokens that a passage repeats of the one before, at most. */
  overlap: number;
  count: (text: string) => number;
}

/** Cuts a text at paragraphs, lines, sentences and words, in this order, into passages of at most `size` tokens. */
export const chunkText = async (
  text: string,
  mediaType: MediaType | string,
  { size, overlap, count }: ChunkOptions,
): Promise<Chunk[]> => {
  const { RecursiveCharacterTextSplitter } = await import("@langchain/textsplitters");
  // Long texts are measured in many small pieces, which repeat.
  const known = new Map<string, number>();
  const length = (piece: string): number => {
    if (piece.length > 32) return count(piece);
    const found = known.get(piece) ?? count(piece);
    known.set(piece, found);
    return found;
  };
  const markdown = mediaType === "text/markdown";
  const splitter = new RecursiveCharacterTextSplitter({
    chunkSize: size,
    chunkOverlap: overlap,
    lengthFunction: length,
    keepSeparator: true,
    separators: markdown
      ? [...RecursiveCharacterTextSplitter.getSeparatorsForLanguage("markdown")]
      : ["\n\n", "\n", ". ", "? ", "! ", "。", " ", ""],
  });
  // The end mark of the sentence before begins a piece; at the beginning of the text it is the text's own.
  const pieces = (await splitter.splitText(text)).map((piece, i) =>
    (i === 0 ? piece : piece.replace(/^[.?!。]\s+/, "")).trim(),
  );
  return pieces.filter((piece) => piece !== "").map((piece) => ({ text: piece, tokens: count(piece) }));
};
