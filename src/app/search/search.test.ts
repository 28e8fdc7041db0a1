import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { searchQuerySchema, type SearchResponse } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import {
  checkDocuments,
  documentsFromText,
  documentsIn,
  documentsOfRun,
  isJsonl,
  isPageFile,
  readLines,
  repeatsTitle,
} from "./documents.ts";
import { ingest, sortFiles } from "./ingest.ts";
import type { SearchRequest } from "./ports.ts";
import { curlOf, fetchOf, pythonOf, searchEach, shownRequest } from "./search.ts";

const request: SearchRequest = {
  q: `it's "$HOME" & \`x\``,
  k: 5,
  mode: "keyword",
  rerank: true,
  dimension: 64,
  filter: ["lang:en", "team:a b"],
};

test("the curl command survives a shell and says the same as the contract", () => {
  const command = curlOf("http://127.0.0.1:4680", "/api/search", request, "production");
  const words = execFileSync("sh", ["-c", `printf '%s\\n' ${command.slice("curl ".length)}`], { encoding: "utf8" })
    .trimEnd()
    .split("\n");
  expect(words).toEqual([
    "--get",
    "http://127.0.0.1:4680/api/search",
    "--data-urlencode",
    `q=${request.q}`,
    "--data",
    "k=5",
    "--data",
    "model=production",
    "--data",
    "mode=keyword",
    "--data",
    "rerank=true",
    "--data",
    "dimension=64",
    "--data-urlencode",
    "filter=lang:en",
    "--data-urlencode",
    "filter=team:a b",
  ]);
  expect(fetchOf("http://a", "/api/search", request, "baseline")).toContain(JSON.stringify(["q", request.q]));
  expect(
    searchQuerySchema.parse({
      q: request.q,
      k: "5",
      mode: "keyword",
      rerank: "true",
      model: "production",
      dimension: "64",
      filter: request.filter,
    }),
  ).toEqual({
    ...request,
    model: "production",
  });
});

test("a snippet keeps a question that an address holds, and stands in for a longer one", () => {
  expect(shownRequest(request)).toBe(request);
  expect(shownRequest({ ...request, q: "ترتيب ".repeat(100) })).toEqual({ ...request, q: "your question" });
});

test("one model's failure does not hold up the other's answer", async () => {
  const response = { hits: [] } as unknown as SearchResponse;
  let clock = 0;
  const events = [];
  const client = {
    search: async (_: unknown, model: string) => {
      if (model === "baseline") throw new StudioError("collection-missing", "No baseline index.", "Build it.");
      return response;
    },
    searchVector: async () => expect.unreachable(),
  };
  for await (const event of searchEach(
    request,
    ["baseline", "production"],
    client,
    null,
    () => (clock += 500),
    new AbortController().signal,
  ))
    events.push(event);
  expect(events).toHaveLength(2);
  expect(events.find(({ model }) => model === "baseline")).toMatchObject({
    type: "failed",
    problem: { code: "collection-missing" },
  });
  expect(events.find(({ model }) => model === "production")).toMatchObject({ type: "answered", response });
});

test("embedded in the page, only the vector is sent, and its time is told apart", async () => {
  const sent: unknown[] = [];
  let clock = 0;
  const events = [];
  for await (const event of searchEach(
    request,
    ["production"],
    {
      search: async () => expect.unreachable(),
      searchVector: async (...[rest, { vector, fingerprint }, model]) => {
        sent.push(rest, [...vector], fingerprint, model);
        return { hits: [] } as unknown as SearchResponse;
      },
    },
    async () => ({ vector: new Float32Array([1, 0]), fingerprint: "f", seconds: 0.25 }),
    () => (clock += 500),
    new AbortController().signal,
  ))
    events.push(event);
  const { q, ...rest } = request;
  expect(sent).toEqual([rest, [1, 0], "f", "production"]);
  expect(JSON.stringify(sent)).not.toContain(q);
  expect(events).toMatchObject([{ type: "answered", seconds: 0.5, embedSeconds: 0.25 }]);
});

test("pasted text: dashes on a line of their own part documents", () => {
  expect(documentsFromText("one - two\nthree\n---\n\n  four  \n-----\n")).toEqual([
    { text: "one - two\nthree", title: "one - two", source: "pasted" },
    { text: "four", title: "four", source: "pasted" },
  ]);
  expect(documentsFromText("  \n")).toEqual([]);
});

test("a long first line is cut at a word for the title, and said to be cut; a passage that begins with it repeats it", () => {
  const text = "The gizzard list under Fleet, Packs, has stamina, cycles, age and the date of the last check.";
  const title = "The gizzard list under Fleet, Packs, has stamina, cycles, age and the date of…";
  expect(documentsFromText(text)).toEqual([{ text, title, source: "pasted" }]);
  expect(repeatsTitle(title, text)).toBe(true);
  expect(repeatsTitle(title, "Another passage of it.")).toBe(false);
  expect(documentsFromText("x".repeat(100))[0]?.title).toBe(`${"x".repeat(79)}…`);
});

test("JSONL gives a document a line by its text column; the same text once, lines without one named", async () => {
  const lines = [
    '{"text": "one\\nmore"}',
    '{"text": "one\\nmore"}',
    '{"query": "q", "text": ""}',
    '{"text": "two"}',
    "{",
  ];
  expect(isJsonl(lines.join("\n"))).toBe(true);
  for (const text of ["plain {text}", "{not json}", "a line\n{}"]) expect(isJsonl(text)).toBe(false);
  expect(await readLines(new File([lines.join("\n")], "help.jsonl"))).toMatchObject({
    name: "help.jsonl",
    documents: [
      { text: "one\nmore", title: "one", source: "help.jsonl" },
      { text: "two", title: "two", source: "help.jsonl" },
    ],
    badLines: [{ line: 3 }, { line: 5 }],
  });
  const pairs = await readLines(new File(['{"query": "q", "positive": "answer"}\n'], "pairs.jsonl"));
  expect(pairs.documents).toEqual([{ text: "answer", title: "answer", source: "pairs.jsonl" }]);
});

test("what the server would not take is refused in words before it is sent", () => {
  const long = { text: "x".repeat(2_000_001), title: "The long one" };
  expect(() => checkDocuments([{ text: "ok" }, long])).toThrow("“The long one” has 2,000,001 characters");
  expect(() => checkDocuments(Array.from({ length: 100_001 }, () => ({ text: "x" })))).toThrow("100,001 documents");
  expect(checkDocuments([{ text: "ok" }])).toHaveLength(1);
});

test("a run's own documents are read in parts", async () => {
  const asked: number[] = [];
  const run = { id: "run", dataset: { name: "pairs.jsonl" }, test: { documents: 1201 } };
  const documents = await documentsOfRun(run, async (_, places) => {
    asked.push(places.length);
    return places.map((place) => `document ${place}`);
  });
  expect(asked).toEqual([500, 500, 201]);
  expect(documents.at(-1)).toEqual({ text: "document 1200", title: "document 1200", source: "pairs.jsonl" });
});

test("the Python snippet runs with the standard library and asks the same", () => {
  const program = pythonOf("http://127.0.0.1:1", "/api/search", request, "production");
  const check = `import urllib.request, io\nurllib.request.urlopen = lambda url: (print(url), io.StringIO('{"hits": []}'))[1]\n`;
  const asked = execFileSync("python3", ["-c", check + program], { encoding: "utf8" }).trim();
  const { searchParams, pathname } = new URL(asked);
  expect(pathname).toBe("/api/search");
  expect(searchParams.get("q")).toBe(request.q);
  expect(searchParams.getAll("filter")).toEqual(request.filter);
  expect(searchParams.get("mode")).toBe("keyword");
});

test("files of another kind and empty files are named; the others are taken all the same", async () => {
  const files = [new File(["x"], "a.exe"), new File(["# A"], "a.md"), new File([], "b.md"), new File(["b"], "b.TXT")];
  const { taken, left } = sortFiles(files);
  expect(taken.map(({ name }) => name)).toEqual(["a.md", "b.TXT"]);
  expect(left).toEqual([
    {
      name: "a.exe",
      reason:
        "its ending is none of .txt, .md, .html, .pdf, .docx, .jsonl, .ndjson, .zip, .json, .csv, .tsv, .parquet, .htm, .markdown",
    },
    { name: "b.md", reason: "it is empty" },
  ]);
  const client = {
    ingestFiles: async () => expect.unreachable(),
    ingestDocuments: async () => expect.unreachable(),
    follow: () => expect.unreachable(),
  };
  const take = async (file: File) => {
    for await (const _ of ingest({ files: [file] }, client, new AbortController().signal)) expect.unreachable();
  };
  await expect(take(new File([], "a.md"))).rejects.toMatchObject({ message: "a.md cannot be read: it is empty." });
});

test("of an empty file of lines no pair is asked", async () => {
  const thrown = await readLines(new File([], "docs.jsonl")).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ message: "The file is empty.", hint: expect.not.stringMatching(/pair/) as string });
});

test("documents that the page has read go by their titles, rows of a table by their first line, and each text once", () => {
  const { documents } = documentsIn("all.zip", [
    { name: "all.zip/faq.csv:2", title: "faq.csv", text: "How to charge it\nPlug it in." },
    { name: "all.zip/faq.csv:3", title: "Cleaning", text: "Wipe it." },
    { name: "all.zip/old.htm", title: "Brakes", text: "Press gently." },
    { name: "all.zip/copy.htm", title: "Brakes", text: "Press gently." },
  ]);
  expect(documents.map(({ title }) => title)).toEqual(["How to charge it", "Cleaning", "Brakes"]);
  expect([isPageFile({ name: "A.ZIP" }), isPageFile({ name: "a.pdf" })]).toEqual([true, false]);
});
