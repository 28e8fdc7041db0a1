import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pdfData } from "../../testing/pdfData.ts";
import { extractFile as extract } from "./extractFile.ts";

const extractFile = (bytes: Uint8Array, name: string) => extract(bytes, name, pdfData);

const inCases = (name: string) =>
  extractFile(new Uint8Array(readFileSync(join(import.meta.dirname, "cases", name))), name);
const html = (text: string, encoding: BufferEncoding = "utf8") =>
  extractFile(new Uint8Array(Buffer.from(text, encoding)), "page.html");
const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part)))),
  );

it("reads Chinese text of a PDF whose font needs a character map", async () => {
  const { text, warnings } = await inCases("cjk-unigb.pdf");
  expect(text).toBe("Bench book 2026\n自行车厨房的链条每五百公里测量一次，数值写进墙上的本子。");
  expect(warnings).toEqual([]);
});

it("names what a PDF lost with a character map that does not exist", async () => {
  const pdf = readFileSync(join(import.meta.dirname, "cases", "cjk-unigb.pdf"), "latin1");
  const { text, warnings } = await extractFile(bytes(pdf.replace("UniGB-UCS2-H", "NoSuchMap-XX")), "a.pdf");
  expect(text).toContain("Bench book 2026");
  expect(warnings).toEqual([expect.stringContaining("character map")]);
});

/** A PDF of one page: lines with their sizes, and the titles of its outline. */
const pdf = (lines: readonly [text: string, size: number][], outline: readonly string[] = []): Uint8Array => {
  const content = lines.map(([text, size], i) => `BT /F1 ${size} Tf 72 ${740 - i * 24} Td (${text}) Tj ET`).join("\n");
  const titles = outline.map(
    (title, i) => `<< /Title (${title}) /Parent 6 0 R ${i + 1 < outline.length ? `/Next ${8 + i} 0 R` : ""} >>`,
  );
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${outline.length > 0 ? "/Outlines 6 0 R" : ""} >>`,
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    `<< /Type /Outlines /First 7 0 R /Last ${6 + outline.length} 0 R /Count ${outline.length} >>`,
    ...titles,
  ];
  const body = objects.map((object, i) => `${i + 1} 0 obj\n${object}\nendobj\n`).join("");
  return bytes(`%PDF-1.4\n${body}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\n%%EOF\n`);
};
const words = "The freehub is oiled with two drops of chain oil, and wiped.";

it("takes larger lines of a PDF as headings, and the titles of its outline", async () => {
  const lines: [string, number][] = [
    ["Freehub", 18],
    [words, 11],
    [words, 11],
    ["Greasing", 14],
    [words, 11],
    [words, 11],
    ["Spares", 11],
    [words, 11],
  ];
  const headings = async (...given: Parameters<typeof pdf>) =>
    (await extractFile(pdf(...given), "a.pdf")).headings.map(({ text }) => text);
  expect(await headings(lines)).toEqual(["Freehub", "Greasing"]);
  expect(await headings(lines, ["Greasing", "SPARES"])).toEqual(["Freehub", "Greasing", "Spares"]);
  // Sizes that text recognition guessed.
  expect(await headings(Array.from({ length: 9 }, (_, i) => [`${words} ${i}`, 9 + (i % 5)]))).toEqual([]);
  const { text } = await extractFile(pdf(lines), "a.pdf");
  expect(text.split("\n").slice(0, 2)).toEqual(["Freehub", words]);
});

it("takes NUL out of a PDF's title", async () => {
  expect(await inCases("nul-in-title.pdf")).toMatchObject({
    title: "Freehub manual",
    text: "The freehub is oiled with two drops of chain oil.",
  });
});

it("keeps the cells of a table apart and its rows together, in HTML and in Word", async () => {
  expect((await inCases("table.html")).text).toBe("Values.\n\nPart | Torque\nCrank arm | 40 Nm\nPedal | 35 Nm");
  const word = (await inCases("table.docx")).text;
  expect(word).toContain("Part | Torque | Grease\nSeatpost clamp | 5 Nm | none\nCrank arm | 40 Nm | threads\n");
  expect(word.startsWith("Torque list\n\nValues for the shed, checked in spring.")).toBe(true);
});

it("reads tables in other forms: head and body, a caption, paragraphs, line breaks and empty cells", async () => {
  const { text } = await html(
    "<table><caption>Doses</caption><thead><tr><th><p>Name</p></th><th>Dose</th><th>Note</th></tr></thead>" +
      "<tbody><tr><td><div><p>Oil</p></div></td><td></td><td>two <b>drops</b></td></tr></tbody></table><p>End.</p>",
  );
  expect(text).toBe("Doses\nName | Dose | Note\nOil | | two drops\n\nEnd.");
});

it("leaves a page that is laid out by tables in its paragraphs", async () => {
  const { text } = await html(
    "<table><tr><td><h1>Shed</h1><p>First.</p><p>Second.</p></td><td><p>Aside.</p></td></tr></table>",
  );
  expect(text.split(/\n+/)).toEqual(["Shed", "First.", "Second.", "| Aside."]);
});

it("keeps a literal \\u0000 that is written out in a text", async () => {
  expect((await inCases("literal-u0000.md")).text).toContain("the sequence \\u0000 stands for NUL");
});

it.each([
  ["meta charset", '<meta charset="windows-1252">'],
  ["http-equiv", '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">'],
  ["unquoted", "<META CHARSET=latin1>"],
])("honors the declared charset: %s", async (_, meta) => {
  expect((await html(`<html><head>${meta}</head><p>Größe</p>`, "latin1")).text).toBe("Größe");
});

it("honors the charset of the case file", async () => {
  expect(await inCases("cp1252.html")).toMatchObject({
    title: "Werkstatt – Öffnungszeiten",
    text: "Grüße\n\nDie Kurbel wird mit 40 Nm angezogen – bitte prüfen.",
  });
});

it.each([
  ["UTF-16 little end first", bytes([0xff, 0xfe], Buffer.from("Größe", "utf16le").toJSON().data)],
  ["UTF-16 big end first", bytes([0xfe, 0xff], Buffer.from("Größe", "utf16le").swap16().toJSON().data)],
  ["UTF-8", bytes([0xef, 0xbb, 0xbf], Buffer.from("Größe").toJSON().data)],
])("reads text with the mark of %s", async (_, content) => {
  expect((await extractFile(content, "a.txt")).text).toBe("Größe");
});

it.each(["a.txt", "a.md"])("reads %s in Windows-1252, and says so", async (name) => {
  const text = bytes("# Caf\xe9\n\nDie T\xfcr schlie\xdft um 18 Uhr \x96 bitte klingeln.");
  expect(await extractFile(text, name)).toMatchObject({
    text: "# Café\n\nDie Tür schließt um 18 Uhr – bitte klingeln.",
    title: name === "a.md" ? "Café" : null,
    warnings: ["Read as Windows-1252, since it is not UTF-8."],
  });
});

it("removes single NULs and refuses what is no text", async () => {
  expect((await extractFile(bytes(`${"Words in a line. ".repeat(9)}`, [0], "End."), "a.txt")).text).toMatch(
    /line\. End\.$/,
  );
  await expect(extractFile(bytes([1, 0, 2, 0, 3, 0, 0, 0]), "a.txt")).rejects.toMatchObject({
    code: "file-unreadable",
  });
  // Cyrillic in Windows-1251: bytes that would be gibberish in Windows-1252.
  const cyrillic = bytes([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x20, 0xec, 0xe8, 0xf0]);
  await expect(extractFile(cyrillic, "a.txt")).rejects.toMatchObject({ code: "file-unreadable" });
  await expect(html('<meta charset="klingon"><p>caf\xe9', "latin1")).rejects.toMatchObject({
    code: "file-unreadable",
    message: expect.stringContaining("klingon") as string,
  });
});

it("fails a large file whose text came out next to empty, with a reason", async () => {
  const page = `<html><script>${"x".repeat(30_000)}</script><p>ok</p></html>`;
  await expect(html(page)).rejects.toMatchObject({
    code: "file-empty",
    message: "Only 2 characters of the file could be read.",
  });
  expect((await html("<p>ok</p>")).text).toBe("ok");
});
