import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parsePairs } from "../../../testing/parsePairs.ts";

const lines = async (content: string, fileName: string) => {
  const parsed = await parsePairs(content, fileName);
  return {
    good: parsed.rows.map(({ line }) => line),
    bad: parsed.badLines.map(({ line, lines: lost = 1 }) => [line, lost]),
    parsed,
  };
};
const HEADER = "query\tpositive\tnegative";
const row = (i: number, separator = "\t") => [`question ${i}`, `answer ${i}`, `wrong ${i}`].join(separator);

describe("a stray quotation mark costs its own line at most", () => {
  const many = Array.from({ length: 2_000 }, (_, i) => row(i));
  test.each([
    ["at the beginning of a field", `"question" x\tanswer\twrong`, '"question" x'],
    ["never closed", `"question\tanswer\twrong`, '"question'],
    ["closed in a later line by chance", `"question\tanswer\tsize 5"`, '"question'],
  ])("in a tab-separated file, %s: the line is taken as it stands", async (_, stray, query) => {
    const content = [HEADER, ...many.slice(0, 300), stray, ...many.slice(300, 900), 'q\ta\t26"', ...many.slice(900)];
    const { good, bad, parsed } = await lines(content.join("\n"), "t.tsv");
    expect(good).toHaveLength(2_002);
    expect(bad).toEqual([]);
    expect(parsed.rows[300]?.query).toBe(query);
  });
  test.each([",", ";", "|"])("in a file separated by %s it is a bad line, and the rest is read", async (separator) => {
    const rows = many.slice(0, 50).map((text) => text.replaceAll("\t", separator));
    const header = HEADER.replaceAll("\t", separator);
    const stray = ['"never closed', "answer", "wrong"].join(separator);
    const { good, bad } = await lines([header, ...rows.slice(0, 10), stray, ...rows.slice(10)].join("\n"), "t.csv");
    expect(good).toHaveLength(50);
    expect(bad).toEqual([[12, 1]]);
  });
  test("also where a later mark closes it by chance and the fields do not come out", async () => {
    const rows = ["a,b", '"never closed,x', "c,d", "e,f", 'g,size 5",more,x', "h,i"];
    const { good, bad } = await lines(["query,positive", ...rows].join("\n"), "t.csv");
    expect(good).toEqual([2, 4, 5, 7]);
    expect(bad).toEqual([
      [3, 1],
      [6, 1],
    ]);
  });
  test("a text that begins with a quoted word is a text", async () => {
    const { parsed } = await lines('query,positive\nq,"Chain" is what it is called\n', "t.csv");
    expect(parsed.rows[0]?.positives).toEqual(['"Chain" is what it is called']);
  });
});

test("quoted line breaks belong to the field; a bad record of several lines counts them all", async () => {
  const content = 'query,positive\nq1,"one\ntwo\n""three"""\nq2,"a\nb",c,d\nq3,x\n';
  const { good, bad, parsed } = await lines(content, "t.csv");
  expect(parsed.rows[0]?.positives).toEqual(['one\ntwo\n"three"']);
  expect(good).toEqual([2, 7]);
  expect(bad).toEqual([[5, 2]]);
});

test("blank lines, empty records at the end, missing and superfluous empty fields", async () => {
  const { good, bad, parsed } = await lines("query;positive;negative\nq1;p1\n\nq2;p2;n2;;\n;;\n;;;;\n", "t.csv");
  expect(good).toEqual([2, 4]);
  expect(bad).toEqual([]);
  expect(parsed.blankLines).toBe(3);
  expect(parsed.rows[1]?.negatives).toEqual(["n2"]);
});

test("columns of one name do not hide each other, and numbers in the first record are no header", async () => {
  const { parsed } = await lines("query,positive,positive\nq,one,two\n", "t.csv");
  expect(parsed.columns).toEqual(["query", "positive", "positive (3)"]);
  const bare = await lines("short one,short two,0.9\nb,c,0.2\n", "t.csv");
  expect(bare.parsed.columns).toEqual(["column 1", "column 2", "column 3"]);
  expect(bare.good).toEqual([1, 2]);
});

describe("what spreadsheet programs write", () => {
  const table = "Frage;Antwort\nWie groß?;Drei Öre; ungefähr\n".replace("; ungefähr", "");
  const utf16 = (text: string, little: boolean): Uint8Array => {
    const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
    return new Uint8Array(little ? bytes : bytes.swap16());
  };
  test.each([true, false])("UTF-16 with a mark (little end first: %s), also packed", async (little) => {
    const bytes = utf16(`${table}Und 😀?;Ja 😀\n`, little);
    for (const [content, name] of [
      [bytes, "t.csv"],
      [gzipSync(bytes), "t.csv.gz"],
    ] as const) {
      const parsed = await parsePairs(new Uint8Array(content), name, null, 3);
      expect(parsed.rows.map(({ query, positives }) => [query, positives])).toEqual([
        ["Wie groß?", ["Drei Öre"]],
        ["Und 😀?", ["Ja 😀"]],
      ]);
    }
  });
  test("UTF-16 text separated by tabs, named .txt", async () => {
    const parsed = await parsePairs(utf16("query\tdocument\r\nq\td\r\n", true), "Unicode Text.txt");
    expect(parsed).toMatchObject({ format: "tsv", rows: [{ query: "q", positives: ["d"] }] });
  });
  test("half a character in UTF-16 is a bad line, not another character", async () => {
    const parsed = await parsePairs(utf16(`query,positive\nq,\ud800x\nq2,p2\n`, true), "t.csv");
    expect(parsed.badLines).toMatchObject([{ line: 2, code: "not-utf8" }]);
    expect(parsed.rows.map(({ query }) => query)).toEqual(["q2"]);
  });
  test("UTF-16 without a mark is named", async () => {
    const bytes = new Uint8Array(Buffer.from("query,positive\nq,p\n", "utf16le"));
    await expect(parsePairs(bytes, "t.csv")).rejects.toMatchObject({
      code: "dataset-not-text",
      message: expect.stringContaining("UTF-16"),
    });
  });
  test.each(["sep=;", '"sep=;"', "SEP=;"])("%s is no header", async (first) => {
    const parsed = await parsePairs(`${first}\r\n${table.replaceAll("\n", "\r\n")}`, "t.csv");
    expect(parsed.rows).toMatchObject([{ line: 3, query: "Wie groß?" }]);
  });
  test("CR as line end, with line feeds inside quoted cells, and in JSONL", async () => {
    const parsed = await parsePairs('query,positive\rq,"one\ntwo"\rr,s\r', "mac.csv");
    expect(parsed.rows.map(({ positives }) => positives)).toEqual([["one\ntwo"], ["s"]]);
    const json = await parsePairs('{"query":"a","positive":"b"}\r{"query":"c","positive":"d"}', "mac.jsonl");
    expect(json.rows.map(({ line }) => line)).toEqual([1, 2]);
  });
});
