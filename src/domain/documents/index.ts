export { chunkText, type Chunk } from "./chunk.ts";
export { extractFile, mediaTypeOf, type ExtractedText } from "./extractFile.ts";
export { CUT, passagesOf } from "./passages.ts";
export { readDocuments } from "./readDocuments.ts";
export type { PdfData } from "./refusal.ts";
export { DOCUMENT_ENDINGS, noDocuments, type SourceFile } from "./sourceFile.ts";
