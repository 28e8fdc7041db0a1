import { expect, test } from "vitest";
import { present } from "../../present.ts";
import { parseCorpus } from "./parseCorpus.ts";
import { parseDataset } from "./parseDataset.ts";

/** Windows-1252 for the characters of these tests. */
const cp1252 = (text: string): Uint8Array =>
  Uint8Array.from(text, (char) => ({ "€": 0x80, "–": 0x96, "“": 0x93, "”": 0x94 })[char] ?? char.charCodeAt(0));

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
}
const parse = (bytes: Uint8Array, size = bytes.byteLength, fileName = "pairs.csv") =>
  parseDataset(inChunks(bytes, size), { fileName, bytes: bytes.byteLength });

const NOTE = "Read as Windows-1252, since it is not UTF-8.";
const row = (i: number) =>
  `Wie öffne ich die Tür ${i}?;Mit dem Schlüssel – für ${i} €, „größer“ gesagt\r\n`.replace(/[„“]/g, "“");
const table = `question;answer\r\n${Array.from({ length: 12 }, (_, i) => row(i)).join("")}`;

test.each([Infinity, 7, 1])(
  "a table in Windows-1252 is read as such and says so, in chunks of %d bytes",
  async (size) => {
    const bytes = cp1252(table);
    const { rows, badLines, notes } = await parse(bytes, Math.min(size, bytes.byteLength));
    expect(badLines).toEqual([]);
    expect(rows).toHaveLength(12);
    expect(rows[3]).toMatchObject({
      query: "Wie öffne ich die Tür 3?",
      positives: ["Mit dem Schlüssel – für 3 €, “größer“ gesagt"],
    });
    expect(notes).toEqual([NOTE]);
  },
);

test("a table whose first such letter comes late is read the same, also where it is the last byte", async () => {
  const plain = Array.from({ length: 9000 }, (_, i) => `question ${i};an answer to number ${i} of many\n`).join("");
  const bytes = cp1252(`question;answer\n${plain}letzte;Straße und Café`);
  expect(bytes.byteLength).toBeGreaterThan(256 * 1024);
  const { rows, badLines, notes } = await parse(bytes, 65_536);
  expect(badLines).toEqual([]);
  expect(rows.at(-1)?.positives).toEqual(["Straße und Café"]);
  expect(notes).toEqual([NOTE]);
});

test("UTF-8 stays UTF-8, with a damaged line named; other encodings are not taken for Windows-1252", async () => {
  const utf8 = new TextEncoder().encode(table);
  expect(await parse(utf8)).toMatchObject({ badLines: [] });
  const hurt = [
    ...new TextEncoder().encode(`${table}ein kaputter B`),
    0xe4,
    ..."r;x\n".split("").map((c) => c.charCodeAt(0)),
  ];
  const damaged = await parse(Uint8Array.from(hurt));
  expect(damaged.badLines).toMatchObject([{ line: 14, code: "not-utf8" }]);
  expect(damaged.notes).toBeUndefined();
  // "вопрос" and "ответ" in Windows-1251, and two words in GBK.
  for (const foreign of [
    [0xe2, 0xee, 0xef, 0xf0, 0xee, 0xf1, 0x3b, 0xee, 0xf2, 0xe2, 0xe5, 0xf2, 0x0a],
    [0xc4, 0xe3, 0xba, 0xc3, 0x3b, 0xca, 0xc0, 0xbd, 0xe7, 0x0a],
  ]) {
    const bytes = Uint8Array.from([...cp1252("question;answer\nplain words first;and an answer\n"), ...foreign]);
    expect((await parse(bytes)).badLines).toMatchObject([{ line: 3, code: "not-utf8" }]);
  }
});

test("a text with a document a line is read the same way", async () => {
  const bytes = cp1252("Der Schlüssel liegt unter der Matte.\nDie Tür ist grün.\n");
  const { documents, notes } = await parseCorpus(inChunks(bytes, 10), { fileName: "a.txt", bytes: bytes.byteLength });
  expect(documents).toEqual(["Der Schlüssel liegt unter der Matte.", "Die Tür ist grün."]);
  expect(present(notes, "notes")).toEqual([NOTE]);
});
