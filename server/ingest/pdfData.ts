import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { PdfData } from "../../src/domain/documents/index.ts";

const FOLDER = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));

/** Character maps and standard fonts from pdf.js' package. */
export const pdfData: PdfData = (folder, file) => readFile(join(FOLDER, folder, file));
