import { getDocumentProxy } from "unpdf";
import { StudioError } from "../errors.ts";
import { linesOf, pdfHeadings, type PdfLine } from "./pdfLines.ts";
import { isPdf, mismatch, type PdfData, type Reader } from "./refusal.ts";

const MAX_PAGES = 2000;
/** Below so many characters a page, most of the text is likely to be in pictures. */
const FEW_CHARACTERS = 20;

/** How pdf.js asks for its data. The URLs are names only: without a URL it does not ask. */
const dataOptions = (pdfData: PdfData) => ({
  useWorkerFetch: false,
  cMapUrl: "cmaps/",
  cMapPacked: true,
  standardFontDataUrl: "standard_fonts/",
  BinaryDataFactory: class {
    fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
      if (kind === "cMapUrl") return pdfData("cmaps", filename);
      if (kind === "standardFontDataUrl") return pdfData("standard_fonts", filename);
      return Promise.reject(new Error(`No text needs ${kind}.`));
    }
  },
});

/** pdf.js tells of fonts and maps that it cannot read on the console only. This thread reads one file at a time. */
const listening = async <T>(work: () => Promise<T>): Promise<{ value: T; warnings: string[] }> => {
  const { log, warn } = console;
  const heard = new Set<string>();
  const hear = (...words: unknown[]) => void heard.add(words.map(String).join(" "));
  console.log = hear;
  console.warn = hear;
  try {
    const value = await work();
    return { value, warnings: [...heard] };
  } finally {
    console.log = log;
    console.warn = warn;
  }
};

/** Warnings that cost text, in a person's words; a font that is only drawn otherwise is none. */
const lost = (warnings: readonly string[]): string[] =>
  warnings.some((words) => /CMap|translateFont|ToUnicode/i.test(words))
    ? ["A font's character map could not be read, so that some of the text may be missing."]
    : [];

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;

const pageLines = async (document: PdfDocument, number: number): Promise<PdfLine[]> => {
  const page = await document.getPage(number);
  const { items } = await page.getTextContent();
  page.cleanup();
  return linesOf(items.flatMap((item) => ("str" in item ? [item] : [])));
};

interface OutlineItem {
  title: string;
  items: OutlineItem[];
}

/** The titles of the outline, of every depth; none where the file has none. */
const outlineTitles = async (document: PdfDocument): Promise<string[]> => {
  const flat = (items: readonly OutlineItem[]): string[] =>
    items.flatMap(({ title, items: below }) => [title, ...flat(below)]);
  return flat(((await document.getOutline()) as OutlineItem[] | null) ?? []);
};

export const readPdf: Reader = async (bytes, pdfData) => {
  if (!isPdf(bytes)) throw mismatch("PDF");
  try {
    const { value, warnings } = await listening(async () => {
      const options = { verbosity: 1, disableFontFace: true, ...dataOptions(pdfData) };
      const document = await getDocumentProxy(new Uint8Array(bytes), options);
      if (document.numPages > MAX_PAGES)
        throw new StudioError(
          "text-too-large",
          `The PDF has more than ${MAX_PAGES.toLocaleString("en")} pages.`,
          "Split it into parts.",
        );
      const lines: PdfLine[][] = [];
      for (let page = 1; page <= document.numPages; page++) lines.push(await pageLines(document, page));
      const { info } = (await document.getMetadata()) as { info?: { Title?: unknown } };
      return {
        pages: lines.map((page) => page.map(({ text }) => text).join("\n")),
        headings: pdfHeadings(lines.flat(), await outlineTitles(document)),
        title: typeof info?.Title === "string" ? info.Title : null,
      };
    });
    const { pages, title, headings } = value;
    const bare = pages.flatMap((page, i) => (page.trim().length < FEW_CHARACTERS ? [i + 1] : []));
    const scanned =
      pages.length > 1 && bare.length > 0
        ? [
            `${bare.length} of ${pages.length} pages hold next to no text (first: page ${bare[0]}); they may be pictures.`,
          ]
        : [];
    return { title, text: pages.join("\n\n"), headings, warnings: [...lost(warnings), ...scanned] };
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    const locked = thrown instanceof Error && thrown.name === "PasswordException";
    throw new StudioError(
      "file-unreadable",
      locked ? "The PDF is protected by a password." : "The PDF is damaged.",
      locked ? "Remove the password." : "Open it in a viewer and save it again.",
    );
  }
};
