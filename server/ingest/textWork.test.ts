import { zipSync, strToU8 } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { tinyBase } from "../../src/testing/modelFiles.ts";
import { TextWork } from "./textWork.ts";

const work = new TextWork({ timeoutMs: 30_000 });
afterAll(() => work.close());

const docx = (text: string, more: Record<string, Uint8Array> = {}) =>
  zipSync({
    "[Content_Types].xml": strToU8(
      `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
    ),
    "_rels/.rels": strToU8(
      `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
    ),
    "word/document.xml": strToU8(
      `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`,
    ),
    ...more,
  });

const pdf = (text: string): Uint8Array => {
  const content = `BT /F1 12 Tf 72 700 Td (${text}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let out = "%PDF-1.4\n";
  const offsets = objects.map((body, i) => {
    const at = out.length;
    out += `${i + 1} 0 obj\n${body}\nendobj\n`;
    return at;
  });
  const start = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("")}`;
  return strToU8(`${out}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF`);
};

describe("files", () => {
  it.each([
    ["notes.txt", strToU8("Plain words.\r\nSecond line."), { title: null, text: "Plain words.\nSecond line." }],
    ["guide.md", strToU8("# The guide\n\nBody."), { title: "The guide", text: "# The guide\n\nBody." }],
    [
      "page.html",
      strToU8(
        "<html><title>A &amp; B</title><style>x{}</style><script>evil()</script><p>Seen</p><nav>menu</nav></html>",
      ),
      { title: "A & B", text: "Seen" },
    ],
    ["letter.docx", docx("Hello from Word"), { title: null, text: "Hello from Word" }],
    ["paper.pdf", pdf("Hello from PDF"), { title: null, text: "Hello from PDF" }],
  ])("reads %s", async (name, bytes, expected) => expect(await work.extract(bytes, name)).toMatchObject(expected));

  it.each([
    ["an unknown ending", "tool.exe", strToU8("MZ"), "file-type-unsupported"],
    ["a PDF called text", "notes.txt", pdf("x"), "file-type-mismatch"],
    ["text called PDF", "paper.pdf", strToU8("just text"), "file-type-mismatch"],
    ["a zip that is no Word document", "letter.docx", zipSync({ a: strToU8("x") }), "file-type-mismatch"],
    ["bytes that are no text", "notes.txt", Uint8Array.of(0xff, 0xfe, 0x00, 0xd8), "file-unreadable"],
    ["a damaged PDF", "paper.pdf", strToU8("%PDF-1.7 and nothing else"), "file-unreadable"],
    ["an empty file", "notes.md", strToU8(" \n "), "file-empty"],
    ["too much text", "notes.txt", new Uint8Array(2_100_000).fill(97), "text-too-large"],
    [
      "a zip bomb",
      "letter.docx",
      docx("x", { "word/media/a.bin": new Uint8Array(110 * 1024 * 1024) }),
      "archive-too-large",
    ],
    [
      "a zip of many parts",
      "letter.docx",
      docx("x", Object.fromEntries(Array.from({ length: 2100 }, (_, i) => [`p${i}`, new Uint8Array(1)]))),
      "archive-too-large",
    ],
  ])("refuses %s", async (_what, name, bytes, code) =>
    expect(work.extract(bytes, name)).rejects.toMatchObject({ code }),
  );

  it("gives up a file that takes too long, and goes on with the next", async () => {
    const hasty = new TextWork({ timeoutMs: 1 });
    await expect(hasty.extract(docx("x"), "letter.docx")).rejects.toMatchObject({ code: "file-too-complex" });
    await hasty.close();
    expect(await work.extract(strToU8("fine"), "a.txt")).toMatchObject({ text: "fine" });
  });
});

describe("passages", () => {
  const text = Array.from({ length: 40 }, (_, i) => `Sentence number ${i} speaks of sorting arrays in place.`).join(
    " ",
  );

  it("are no longer than asked, in order, and leave nothing out", async () => {
    const passages = await work.chunk(text, "text/plain", tinyBase, { size: 64, overlap: 16 });
    expect(passages.length).toBeGreaterThan(5);
    for (const { tokens } of passages) expect(tokens).toBeLessThanOrEqual(64);
    for (let i = 0; i < 40; i += 1)
      expect(passages.some((passage) => passage.text.includes(`number ${i} speaks`))).toBe(true);
    const again = await work.chunk(text, "text/plain", tinyBase, { size: 64, overlap: 16 });
    expect(again).toEqual(passages);
  });

  it("cut a text without blanks as well", async () => {
    const passages = await work.chunk("x".repeat(5000), "text/plain", tinyBase, { size: 64, overlap: 0 });
    for (const { tokens } of passages) expect(tokens).toBeLessThanOrEqual(64);
    expect(passages.map((passage) => passage.text).join("")).toHaveLength(5000);
  });

  it("of a short text are the text", async () =>
    expect(await work.chunk("Short.", "text/plain", tinyBase, { size: 64, overlap: 8 })).toMatchObject([
      { text: "Short." },
    ]));
});
