import { CUT, passagesOf, readDocuments, type PdfData } from "../domain/documents/index.ts";
import type { TextTokenizer } from "../domain/text/tokenizer.ts";

/** The case files in `src/domain/documents/cases`, in the order in which they are read. */
const DOCUMENT_CASES = [
  "cjk-unigb.pdf",
  "cp1252.html",
  "literal-u0000.md",
  "nul-in-title.pdf",
  "table.docx",
  "table.html",
] as const;

/** A text with headings, lists, code and several scripts, long enough for many passages; CRLF, and words without blanks. */
const longDocument = (): string =>
  Array.from({ length: 16 }, (_, i) =>
    [
      `${i % 3 === 0 ? "#" : "##"} Part ${i}: Bremsen & “brakes” 刹车`,
      `The lever of brake ${i} is set ${i * 3} mm from the bar. Größe ${i}, naïve façade, 自行车厨房的链条每五百公里测量一次。`,
      `- step one of ${i}\n- step two: \`turn(${i})\`\n\n    code block ${"x".repeat(i * 40)}`,
      "\ud83d\udeb2 ".repeat(i % 4),
    ].join("\r\n\r\n"),
  ).join("\r\n\r\n");

/** What reading and cutting make of the cases, a long text, a table and a file that is none: the same on every machine. */
export const readCases = async (
  open: (name: string) => Promise<BlobPart>,
  tokenizer: TextTokenizer,
  pdfData: PdfData,
): Promise<unknown[]> => {
  const files = [
    ...(await Promise.all(DOCUMENT_CASES.map(async (name) => ({ name, file: new Blob([await open(name)]) })))),
    { name: "long.md", file: new Blob([longDocument()]) },
    { name: "table.jsonl", file: new Blob(['{"title":"Bell","text":"It rings twice."}\n{"title":"x"}\n']) },
    { name: "broken.docx", file: new Blob(["PK\u0003\u0004 and nothing else"]) },
  ];
  const read: unknown[] = [];
  for await (const event of readDocuments(files, { pdfData }))
    if (event.type === "refused") read.push([event.name, event.problem]);
    else {
      const { name, title, warnings } = event.document;
      const count = (text: string) => tokenizer.count("", text) - 1;
      read.push({ name, title, warnings, passages: await passagesOf(event.document, { ...CUT, count }) });
    }
  return read;
};
