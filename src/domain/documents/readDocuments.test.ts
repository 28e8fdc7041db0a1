import { BlobReader, BlobWriter, TextReader, ZipWriter } from "@zip.js/zip.js";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, it } from "vitest";
import { pdfData } from "../../testing/pdfData.ts";
import { cutDocument } from "./passages.ts";
import { readDocuments, type DocumentEvent, type ReadDocument } from "./readDocuments.ts";
import { noDocuments, type SourceFile } from "./sourceFile.ts";

const named = (name: string, content: BlobPart): SourceFile => ({ name, file: new Blob([content]) });
const read = async (...files: SourceFile[]) => {
  const documents: ReadDocument[] = [];
  const refused: [name: string, code: string][] = [];
  for await (const event of readDocuments(files, { pdfData }))
    if (event.type === "document") documents.push(event.document);
    else refused.push([event.name, event.problem.code]);
  return { documents, refused };
};
const zip = async (entries: Record<string, string>, password?: string): Promise<Blob> => {
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false, password });
  for (const [name, text] of Object.entries(entries)) await writer.add(name, new TextReader(text));
  return writer.close();
};
const words = (text: string) => text.split(/\s+/).length;

it("reads a folder; what cannot be read costs itself alone", async () => {
  const { documents, refused } = await read(
    named("manual/brakes.md", "# Brakes\n\nBleed them."),
    named("manual/broken.pdf", "%PDF-1.7 and nothing else"),
    named("manual/.DS_Store", "x"),
    named("manual/tool.exe", "MZ"),
    named("manual/wheels.html", "<title>Wheels</title><h2>Spokes</h2><p>True them.</p>"),
  );
  expect(documents.map(({ name, title, text }) => [name, title, text])).toEqual([
    ["manual/brakes.md", "Brakes", "# Brakes\n\nBleed them."],
    ["manual/wheels.html", "Wheels", "Spokes\n\nTrue them."],
  ]);
  expect(refused).toEqual([
    ["manual/broken.pdf", "file-unreadable"],
    ["manual/tool.exe", "file-type-unsupported"],
  ]);
});

it("leaves out a copy of an earlier document, and names that one", async () => {
  const files = [
    named("a.md", "# Brakes\n\nBleed them."),
    named("copy of a.md", "# Brakes\n\nBleed them."),
    named("b.md", "# Wheels"),
  ];
  const events: DocumentEvent[] = [];
  for await (const event of readDocuments(files, { pdfData })) events.push(event);
  expect(events).toMatchObject([
    { type: "document", document: { name: "a.md" } },
    {
      type: "refused",
      name: "copy of a.md",
      problem: { code: "document-repeated", message: "It holds the same text as a.md." },
    },
    { type: "document", document: { name: "b.md" } },
  ]);
});

it("refuses a large file by its size, before a byte of it is read", async () => {
  const untouchable = { size: 300 * 2 ** 20, arrayBuffer: () => Promise.reject(new Error("read")) } as unknown as Blob;
  expect((await read({ name: "scan.pdf", file: untouchable })).refused).toEqual([["scan.pdf", "file-too-large"]]);
  expect(noDocuments(0).hint).toContain(".docx");
});

it("reads the files of a zip under their paths; a path out of it, an archive in it and a locked one do no harm", async () => {
  const inner = await zip({ "a.txt": "inside" });
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  await writer.add("docs/one.txt", new TextReader("First."));
  await writer.add("../../etc/two.md", new TextReader("# Second"));
  await writer.add("__MACOSX/docs/._one.txt", new TextReader("x"));
  await writer.add("more.zip", new BlobReader(inner));
  await writer.add("picture.png", new TextReader("x"));
  const { documents, refused } = await read({ name: "all.zip", file: await writer.close() });
  expect(documents.map(({ name }) => name)).toEqual(["all.zip/docs/one.txt", "all.zip/etc/two.md"]);
  expect(refused).toEqual([
    ["all.zip/more.zip", "archive-nested"],
    ["all.zip/picture.png", "file-type-unsupported"],
  ]);
  const locked = await read({ name: "locked.zip", file: await zip({ "a.txt": "secret" }, "word") });
  expect(locked).toEqual({ documents: [], refused: [["locked.zip/a.txt", "file-encrypted"]] });
  expect((await read(named("cut.zip", (await zip({ "a.txt": "x" })).slice(0, 40)))).refused).toEqual([
    ["cut.zip", "archive-damaged"],
  ]);
});

it("refuses what unpacks to more than a document may have, and reads on", async () => {
  const bomb = await zip({ "bomb.txt": " ".repeat(101 * 2 ** 20), "good.txt": "Still read." });
  expect(bomb.size).toBeLessThan(2 ** 20);
  const { documents, refused } = await read({ name: "b.zip", file: bomb });
  expect(documents.map(({ text }) => text)).toEqual(["Still read."]);
  expect(refused).toEqual([["b.zip/bomb.txt", "archive-too-large"]]);
});

const parquet = parquetWriteBuffer({
  columnData: [
    { name: "id", data: ["a1", "b2"], type: "STRING" },
    { name: "manual", data: ["Some six words of a text.", "And six more of the same."], type: "STRING" },
  ],
});
it.each<[string, BlobPart, string[]]>([
  ["t.jsonl", '{"id":1,"title":"T","text":"one"}\n{"id":2,"text":"two"}\n', ["one", "two"]],
  ["t.jsonl", '"one"\n"two"\n', ["one", "two"]],
  [
    "t.csv",
    "id,article\n1,Some six words of a text.\n2,And six more of the same.\n",
    ["Some six words of a text.", "And six more of the same."],
  ],
  ["t.parquet", parquet, ["Some six words of a text.", "And six more of the same."]],
])("reads the rows of %s (%#) as documents", async (name, content, texts) => {
  const { documents, refused } = await read(named(name, content));
  expect(documents.map(({ text }) => text)).toEqual(texts);
  expect(new Set(documents.map((one) => one.name)).size).toBe(texts.length);
  expect(refused).toEqual([]);
});

it("says of a table which lines are no documents, and refuses one of pairs", async () => {
  const { documents, refused } = await read(named("t.jsonl", '{"text":"one"}\nbroken\n{"text":""}\n'));
  expect(documents).toHaveLength(1);
  expect(refused).toEqual([["t.jsonl", "lines-without-text"]]);
  const row = JSON.stringify({ query: "how do I true a wheel", positive: "Turn the nipples a quarter at a time." });
  expect((await read(named("pairs.jsonl", `${row}\n${row}\n`))).refused).toEqual([
    ["pairs.jsonl", "table-columns-unclear"],
  ]);
});

it("gives each passage the heading that it stands under, whatever the form", async () => {
  const filler = (what: string) => Array.from({ length: 30 }, (_, i) => `Line ${i} about ${what}.`).join(" ");
  const markdown = `# Bench\n\n${filler("tools")}\n\n\`\`\`\n# no heading\n\`\`\`\n\n## Chains ##\n\n${filler("chains")}`;
  const html = `<h1>Bench <em>book</em></h1><p>${filler("tools")}</p><h2>Chains</h2><p>${filler("chains")}</p>`;
  const { documents } = await read(named("a.md", markdown), named("b.html", html));
  for (const document of documents) {
    const passages = await cutDocument(document, { size: 60, overlap: 10, count: words });
    const headingOf = (of: string) =>
      new Set(passages.flatMap(({ text, heading }) => (text.includes(of) ? [heading] : [])));
    expect(headingOf("29 about chains")).toEqual(new Set(["Chains"]));
    expect(headingOf("0 about tools").size).toBe(1);
    expect([...headingOf("0 about tools")][0]).toMatch(/^Bench/);
    expect(passages.map(({ heading }) => heading)).not.toContain("no heading");
  }
});

it("stops at an abort", async () => {
  const controller = new AbortController();
  const reading = readDocuments([named("a.txt", "a"), named("b.txt", "b")], { pdfData, signal: controller.signal });
  await reading.next();
  controller.abort();
  await expect(reading.next()).rejects.toMatchObject({ name: "AbortError" });
});
