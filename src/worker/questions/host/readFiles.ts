import { CUT, noDocuments, passagesOf, readDocuments, type PdfData } from "../../../domain/documents/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import type { Passage } from "../../../domain/questions/passage.ts";
import { compareCodePoints } from "../../../domain/text/index.ts";
import { loadTokenizer } from "../../../domain/text/tokenizer.ts";
import type { BaseRef } from "../../engine/protocol.ts";
import type { DocumentLine, NamedFile, ReadingProgress, RefusedFile } from "../protocol.ts";
import type { StoredDocuments } from "../storage.ts";

/** The page hears of the reading at most so often. */
const EVERY_MS = 100;

/** The files are told one by one as they are taken, so that progress knows where the reader is. */
function* inTurn<T extends NamedFile>(files: readonly T[], begin: (file: T, place: number) => void): Generator<T> {
  for (const [place, file] of files.entries()) {
    begin(file, place);
    yield file;
  }
}

/** Name of what was dropped: the folder, or the first file. */
const nameOf = (files: readonly NamedFile[]): string => {
  const [first] = files;
  const folder = first?.name.split("/")[0] ?? "documents";
  if (files.every(({ name }) => name.startsWith(`${folder}/`))) return folder;
  return files.length === 1 ? folder : `${folder} and ${files.length - 1} more`;
};

/** Passages go by their document's name, so that a second one of a name is left out. */
const THERE = {
  code: "document-there",
  message: "A document of this name is there already.",
  hint: "Give a changed one another name, or read all files in place of what is here.",
};

/**
 * Reads and cuts files as the server would.
 *
 * @param made.except  names of documents that are there already, which are refused
 * @throws StudioError `documents-none`; DOMException at an abort
 */
export const readFiles = async (
  files: readonly NamedFile[],
  { base, createdAt, except }: { base: BaseRef; createdAt: string; except?: ReadonlySet<string> },
  ports: { openFiles(base: BaseRef): Promise<ModelFiles>; pdfData: PdfData },
  onProgress: (progress: ReadingProgress) => void,
  signal: AbortSignal,
): Promise<StoredDocuments> => {
  if (files.length === 0) throw noDocuments(0);
  const tokenizer = await loadTokenizer(await ports.openFiles(base));
  // The end token belongs to every text, and to no passage.
  const cut = { ...CUT, count: (piece: string) => tokenizer.count("", piece) - 1 };
  const documents: DocumentLine[] = [];
  const refused: RefusedFile[] = [];
  const passages: Passage[] = [];
  let tokens = 0;
  let at = { name: "", done: 0 };
  let told = 0;
  const report = (always: boolean) => {
    const now = performance.now();
    if (!always && now - told < EVERY_MS) return;
    told = now;
    onProgress({ ...at, total: files.length, passages: passages.length });
  };
  const begin = ({ name }: NamedFile, done: number) => {
    at = { name, done };
    report(false);
  };
  const options = { pdfData: ports.pdfData, signal };
  // The order of names, as on the command line: browsers give a folder's files in any.
  const sorted = [...files].sort((a, b) => compareCodePoints(a.name, b.name));
  for await (const event of readDocuments(inTurn(sorted, begin), options)) {
    signal.throwIfAborted();
    report(false);
    if (event.type === "refused") {
      refused.push({ name: event.name, problem: event.problem });
      continue;
    }
    const { document } = event;
    if (except?.has(document.name)) {
      refused.push({ name: document.name, problem: THERE });
      continue;
    }
    const own = await passagesOf(document, cut);
    for (const { tokens: length, ...passage } of own) {
      passages.push(passage);
      tokens += length;
    }
    documents.push({ name: document.name, passages: own.length, warnings: document.warnings });
  }
  report(true);
  if (passages.length === 0) throw allRefused(refused);
  return { name: nameOf(files), createdAt, base, documents, refused, passages, tokens };
};

/** With a single reason, the reason is told; there is no list yet to look at. */
const allRefused = (refused: readonly RefusedFile[]): StudioError => {
  const none = noDocuments(refused.length);
  const [first] = refused;
  if (!first) return none;
  const more = refused.length > 1 ? ` (${refused.length - 1} more could not be read either)` : "";
  return new StudioError(none.code, `${first.name}: ${first.problem.message}${more}`, first.problem.hint);
};
