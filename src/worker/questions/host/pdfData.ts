import { StudioError } from "../../../domain/errors.ts";
import type { PdfData } from "../../../domain/documents/index.ts";

/** pdf.js' character maps and standard fonts, 3 MB in many small files, each fetched when a document needs it. */
const urls = import.meta.glob<string>(
  ["/node_modules/pdfjs-dist/cmaps/*.bcmap", "/node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}"],
  { query: "?url&no-inline", import: "default" },
);

/** @throws StudioError `page-file-missing` when the studio's server does not give it */
export const pdfData: PdfData = async (folder, file) => {
  const url = await urls[`/node_modules/pdfjs-dist/${folder}/${file}`]?.();
  if (url === undefined) throw new Error(`pdf.js has no ${folder}/${file}.`);
  const response = await fetch(url);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw new StudioError("page-file-missing", `The studio's server did not give ${file}.`, "Start it and read again.");
};
