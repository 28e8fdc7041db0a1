import { expect, test } from "vitest";
import { parseCorpus } from "./parseCorpus.ts";

const parse = (content: string, fileName: string) => {
  const file = new Blob([content]);
  return parseCorpus(file.stream(), { fileName, bytes: file.size });
};

test.each([
  ["objects", '{"_id":"1","title":"T","text":"one"}\n\n{"text":"two"}', "c.jsonl", ["T\none", "two"]],
  ["texts", '"one"\n"two"', "c.jsonl", ["one", "two"]],
  ["pairs", '{"query":"q","positive":"one"}', "c.jsonl", ["one"]],
  ["a table", "id,text\n1,one\n2,two\n", "c.csv", ["one", "two"]],
  ["lines", "one\n\ntwo, with a comma\n", "c.txt", ["one", "two, with a comma"]],
  ["a list of texts", '["one", "two"]', "c.json", ["one", "two"]],
  ["an array", '["one", {"text":"two"}]', "c.json", ["one", "two"]],
])("documents from %s", async (_, content, fileName, documents) => {
  expect((await parse(content, fileName)).documents).toEqual(documents);
});

test("lines without a document are named, a file without any is refused", async () => {
  const parsed = await parse('{"text":"one"}\n{"other":1}\n{"text":" "}', "c.jsonl");
  expect(parsed.badLines.map(({ line, code }) => [line, code])).toEqual([
    [2, "missing-document"],
    [3, "empty-document"],
  ]);
  await expect(parse('{"other":1}', "c.jsonl")).rejects.toMatchObject({ code: "corpus-no-documents" });
});
