import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Validator } from "@seriousme/openapi-schema-validator";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at } from "../../src/domain/present.ts";
import { ingest } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";
import { dot } from "../testing/vectors.ts";

let studio: TestStudio;
let url: string;
beforeAll(async () => {
  studio = await testStudio();
  url = await studio.app.listen({ port: 0, host: "127.0.0.1" });
  await ingest(studio.app, [
    { id: "sort", title: "Sorting", text: "qsort sorts an array in place.", metadata: { team: "c" } },
    { id: "tea", title: "Tea", text: "The kettle boils water for tea.", metadata: { team: "kitchen" } },
  ]);
}, 120_000);
afterAll(() => studio.close());

describe("/v1/embeddings by the openai client", () => {
  const client = () => new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });

  it("gives unit vectors, one text or many, floats or base64, shorter on request", async () => {
    const one = await client().embeddings.create({
      model: "production",
      input: "sort an array",
      encoding_format: "float",
    });
    expect(at(one.data, 0).embedding).toHaveLength(128);
    expect(dot(at(one.data, 0).embedding, at(one.data, 0).embedding)).toBeCloseTo(1, 5);
    expect(one.usage.prompt_tokens).toBeGreaterThan(2);

    // The client asks for base64 by itself and decodes it.
    const many = await client().embeddings.create({
      model: "baseline",
      input: ["a longer text to pad", "sort an array"],
    });
    expect(many.data.map(({ index }) => index)).toEqual([0, 1]);
    expect(dot(at(many.data, 1).embedding, at(one.data, 0).embedding)).toBeGreaterThan(0.99999);

    const short = await client().embeddings.create({ model: "production", input: "sort an array", dimensions: 32 });
    expect(at(short.data, 0).embedding).toHaveLength(32);
    expect(dot(at(short.data, 0).embedding, at(short.data, 0).embedding)).toBeCloseTo(1, 5);

    const query = await client().embeddings.create({
      model: "production",
      input: "sort an array",
      ...({ input_type: "query" } as object),
    });
    expect(query.usage.prompt_tokens).toBeGreaterThan(one.usage.prompt_tokens + 10);
    expect(dot(at(query.data, 0).embedding, at(one.data, 0).embedding)).toBeLessThan(0.999);
  });

  it("lists models, and tells faults in the client's own form", async () => {
    const names: string[] = [];
    for await (const { id } of client().models.list()) names.push(id);
    expect(names).toEqual(["production", "baseline", "qwen3-embedding-tiny"]);
    const fault = (body: object) =>
      client()
        .embeddings.create(body as OpenAI.EmbeddingCreateParams)
        .catch((thrown: unknown) => thrown);
    expect(await fault({ model: "gpt-9", input: "x" })).toMatchObject({ status: 404, code: "model_not_found" });
    expect(await fault({ model: "production", input: [] })).toMatchObject({ status: 400, param: "input" });
    expect(await fault({ model: "production", input: "word ".repeat(3000) })).toMatchObject({
      status: 400,
      code: "text-too-long",
    });
    expect(await fault({ model: "production", input: "x", dimensions: 999 })).toMatchObject({
      code: "dimension-too-large",
    });
  });
});

it("makes a valid OpenAPI 3.1 document with every room's routes", async () => {
  const document = (await studio.app.inject({ url: "/docs/json" })).json<Record<string, unknown>>();
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  // The validator can tell: a path begins with a slash.
  const broken = { ...document, paths: { "no-slash": { get: { responses: {} } } } };
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

it("is described in the OpenAPI document", async () => {
  const document = (await studio.app.inject({ url: "/docs/json" })).json<{
    paths: Record<string, Record<string, { summary?: string; tags?: string[]; responses?: object }>>;
  }>();
  for (const path of [
    "/v1/embeddings",
    "/v1/models",
    "/mcp",
    "/api/ingest",
    "/api/ingest/jobs/{id}/events",
    "/api/search",
    "/api/documents/{id}",
    "/api/index/re-embed",
    "/api/langfuse/otel/v1/traces",
    "/api/langfuse/experiments",
  ]) {
    const operations = Object.values(document.paths[path] ?? {});
    expect(operations.length, path).toBeGreaterThan(0);
    for (const { summary, tags, responses } of operations)
      expect([summary, tags?.length, Object.keys(responses ?? {}).length > 0], path).toEqual([
        expect.any(String),
        1,
        true,
      ]);
  }
});

describe("/mcp by the official client", () => {
  it("offers search and get_document", async () => {
    const client = new Client({ name: "test", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([
      "search",
      "get_document",
      "report_result",
    ]);
    const found = await client.callTool({ name: "search", arguments: { query: "boil water", k: 1 } });
    expect(found.structuredContent).toMatchObject({
      mode: "hybrid",
      hits: [{ documentId: "tea", title: "Tea", denseRank: expect.any(Number), keywordRank: 1 }],
      model: { base: "qwen3-embedding-tiny", version: null },
    });
    const worded = await client.callTool({ name: "search", arguments: { query: "qsort", mode: "keyword" } });
    expect(worded.structuredContent).toMatchObject({
      mode: "keyword",
      hits: [{ documentId: "sort", denseRank: null }],
    });
    const filtered = await client.callTool({ name: "search", arguments: { query: "boil", filter: { team: "c" } } });
    expect(filtered.structuredContent).toMatchObject({ hits: [{ documentId: "sort" }] });
    const read = await client.callTool({ name: "get_document", arguments: { id: "sort" } });
    expect(read.structuredContent).toMatchObject({ text: "qsort sorts an array in place." });
    expect(await client.callTool({ name: "get_document", arguments: { id: "nothing" } })).toMatchObject({
      isError: true,
    });
    await client.close();
  });
});
