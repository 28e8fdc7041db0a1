import { existsSync, openAsBlob, readdirSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import {
  CUT,
  noDocuments,
  passagesOf,
  readDocuments,
  type PdfData,
  type SourceFile,
} from "../../../src/domain/documents/index.ts";
import { StudioError } from "../../../src/domain/errors.ts";
import type { Passage } from "../../../src/domain/questions/passage.ts";
import { compareCodePoints } from "../../../src/domain/text/index.ts";
import { UsageError } from "../problems.ts";

/** pdf.js' own folders. */
const PDFJS = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
const pdfData: PdfData = (folder, file) => readFile(join(PDFJS, folder, file));

/** The files of a folder, or the one file, in the order of their names. @throws UsageError when there is nothing */
const sourceFiles = (path: string): { name: string; path: string }[] => {
  const root = resolve(path);
  if (!existsSync(root)) throw new UsageError("usage", `--documents: there is no ${path}.`, "Check the path.");
  if (!statSync(root).isDirectory()) return [{ name: basename(root), path: root }];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: relative(root, file).split(sep).join("/"), path: file }))
    .sort((a, b) => compareCodePoints(a.name, b.name));
};

export interface ReadPassages {
  passages: Passage[];
  documents: number;
  refused: number;
}

/**
 * Reads documents and cuts them into passages, as the server does. What cannot be read is named on stderr and costs itself.
 *
 * @param count  tokens of a text
 * @throws UsageError when there is no such path; StudioError `documents-none`
 */
export const readPassages = async (
  path: string,
  count: (text: string) => number,
  signal: AbortSignal,
): Promise<ReadPassages> => {
  const files = async function* (): AsyncGenerator<SourceFile> {
    for (const file of sourceFiles(path)) yield { name: file.name, file: await openAsBlob(file.path) };
  };
  const read: ReadPassages = { passages: [], documents: 0, refused: 0 };
  for await (const event of readDocuments(files(), { pdfData, signal })) {
    if (event.type === "refused") {
      read.refused++;
      console.error(`${event.name}: ${event.problem.message} ${event.problem.hint}`);
      continue;
    }
    read.documents++;
    read.passages.push(...(await passagesOf(event.document, { ...CUT, count })));
  }
  if (read.documents + read.refused === 0)
    throw new StudioError(
      "documents-none",
      `There is no file in ${path}.`,
      "Put documents into the folder, or name another.",
    );
  if (read.passages.length === 0) throw noDocuments(read.refused);
  return read;
};

/** Real questions, one a line: plain text, or JSON with `query` or `question`. @throws UsageError */
export const readExamples = (path: string | undefined): string[] => {
  if (path === undefined) return [];
  const file = resolve(path);
  if (!existsSync(file) || !statSync(file).isFile())
    throw new UsageError("usage", `--examples: there is no file ${path}.`, "Check the path.");
  const questions = readFileSync(file, "utf8")
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .flatMap((line) => (line.trim() === "" ? [] : questionIn(line.trim())));
  if (questions.length === 0)
    throw new UsageError("usage", `--examples: ${path} holds no question.`, "Put one question on each line.");
  return questions;
};

const questionIn = (line: string): string[] => {
  if (!line.startsWith("{")) return [line];
  try {
    const { query, question } = JSON.parse(line) as { query?: unknown; question?: unknown };
    const text = query ?? question;
    return typeof text === "string" && text.trim() !== "" ? [text] : [];
  } catch {
    return [line]; // A question may begin with a brace.
  }
};
