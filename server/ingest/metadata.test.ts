import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { retrievalPaths, type ProblemDetails } from "../../src/domain/api/index.ts";
import { ingest, jobEnd, search } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

let studio: TestStudio;
beforeAll(async () => {
  studio = await testStudio();
  await ingest(studio.app, [
    { id: "a", text: "qsort sorts an array.", metadata: { tags: ["c", null, "sorting", 7], year: 2024, draft: false } },
    {
      id: "b",
      text: "The kettle boils.",
      metadata: { tags: ["tea"], year: 2025, none: null },
      title: null,
      source: null,
    },
    { id: "c", text: "A mutex protects data.", metadata: null },
  ]);
}, 60_000);
afterAll(() => studio.close());

const found = async (...filter: string[]) => {
  const { body } = await search(studio.app, { q: "anything", filter });
  return body.hits.map(({ documentId }) => documentId).sort();
};

it("is kept as it is meant, and found by an item of a list", async () => {
  const { body } = await search(studio.app, { q: "qsort", k: "3" });
  const byId = Object.fromEntries(body.hits.map(({ documentId, metadata }) => [documentId, metadata]));
  expect(byId).toEqual({
    a: { tags: ["c", "sorting", 7], year: 2024, draft: false },
    b: { tags: ["tea"], year: 2025 },
    c: {},
  });
  expect(await found("tags:sorting")).toEqual(["a"]);
  expect(await found("tags:7", "year:2024")).toEqual(["a"]);
  expect(await found("tags:tea")).toEqual(["b"]);
  expect(await found("draft:false")).toEqual(["a"]);
  for (const none of ["tags:sort", 'tags:["tea"]', "none:null", "tags:null", "absent:x"])
    expect(await found(none)).toEqual([]);
});

it("that cannot be kept is named alone, whatever the form of the request", async () => {
  const metadata = { team: "red", "my key": "x", deep: { a: 1 } };
  const send = (payload: unknown, headers: Record<string, string> = {}) =>
    studio.app.inject({ method: "POST", url: retrievalPaths.ingest, payload: payload as string, headers });
  const form = new FormData();
  form.append("metadata", JSON.stringify(metadata));
  form.append("files", new Blob(["text"]), "a.txt");
  const documents = [{ text: "fine" }, { text: "x", metadata }];
  for (const [answer, place] of [
    [await send({ documents }), "documents.1.metadata."],
    [await send(JSON.stringify(documents[1]), { "content-type": "application/x-ndjson" }), "metadata."],
    [await send(form), ""],
  ] as const) {
    const { status, message } = answer.json<ProblemDetails>();
    expect(status).toBe(400);
    expect(message).toContain(`${place}my key: is not a name that a filter can ask for: letters`);
    expect(message).toContain(`${place}deep: is an object. Allowed is a text`);
    expect(message).not.toContain("team");
  }
  expect(await found()).toEqual(["a", "b", "c"]);
});

it("null comes with files too", async () => {
  const form = new FormData();
  form.append("metadata", JSON.stringify({ lang: ["de", "en"], none: null }));
  form.append("files", new Blob(["A file about steam engines."]), "steam.txt");
  const answer = await studio.app.inject({ method: "POST", url: retrievalPaths.ingest, payload: form });
  expect(answer.statusCode).toBe(202);
  expect((await jobEnd(studio.app, answer.json<{ job: { id: string } }>().job.id)).state).toBe("succeeded");
  expect(await found("lang:en")).toHaveLength(1);
});

it("is a filter of agents as text, number, or true and false", async () => {
  const url = await studio.app.listen({ port: 0, host: "127.0.0.1" });
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  await client.listTools(); // The client holds results against the schemas it got.
  const hits = async (filter: object) => {
    const { structuredContent } = await client.callTool({ name: "search", arguments: { query: "anything", filter } });
    return (structuredContent as { hits: { documentId: string }[] }).hits.map(({ documentId }) => documentId);
  };
  expect(await hits({ year: 2025 })).toEqual(["b"]);
  expect(await hits({ draft: false })).toEqual(["a"]);
  expect(await hits({ tags: "sorting", year: 2024 })).toEqual(["a"]);
  const read = await client.callTool({ name: "get_document", arguments: { id: "a" } });
  expect(read.structuredContent).toMatchObject({ metadata: { tags: ["c", "sorting", 7] } });
  await client.close();
});
