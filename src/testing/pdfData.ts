import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PdfData } from "../domain/documents/index.ts";

/** Character maps and standard fonts from pdf.js' package, for tests in Node. */
export const pdfData: PdfData = (folder, file) =>
  readFile(join(import.meta.dirname, "../../node_modules/pdfjs-dist", folder, file));
