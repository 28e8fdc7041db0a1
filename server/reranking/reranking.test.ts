import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  apiPaths,
  rerankAnswerSchema,
  rerankPaths,
  retrievalPaths,
  searchResponseSchema,
  type Health,
  type ProblemDetails,
  type SearchResponse,
} from "../../src/domain/api/index.ts";
import { openRerankServer, type RerankServer } from "../../src/testing/rerankServer.ts";
import { corpus, ingest, search } from "../testing/documents.ts";
import { testServer } from "../testing/server.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

const TOKEN = "a-token-of-24-characters";
const KEY = "key-of-the-reranker";
/** The number at the end of a document's text: an order that no other ranking has. */
const score = (_query: string, text: string) => Number(/(\d+)\.$/.exec(text)?.[1] ?? 0) - 10;

let other: RerankServer;
let studio: TestStudio;
beforeAll(async () => {
  other = await openRerankServer("tei", score);
  studio = await testStudio({
    LOG_LEVEL: "trace",
    RERANK_ENDPOINT: other.url,
    RERANK_KEY: KEY,
    RERANK_TOP: "8",
    RERANK_TIMEOUT_MS: "3000",
  });
  await ingest(studio.app, corpus(20));
}, 120_000);
beforeEach(() => {
  other.fault = null;
  other.asked.length = 0;
});
afterAll(async () => {
  await studio.close();
  await other.close();
});

const idsOf = ({ hits }: SearchResponse) => hits.map(({ documentId }) => documentId);
const health = async () => (await studio.app.inject({ url: apiPaths.health })).json<Health>();

describe("search with a reranker", () => {
  it.each(["dense", "hybrid", "keyword"])("orders the first of a list anew and keeps the others: %s", async (mode) => {
    const q = { q: "sort an array with tea", mode };
    const plain = searchResponseSchema.parse((await search(studio.app, { ...q, k: "20" })).body);
    expect([plain.reranked, plain.rerankReason, plain.seconds.rerank]).toEqual([false, "Not asked for.", 0]);
    expect(other.asked).toEqual([]);
    const answer = searchResponseSchema.parse((await search(studio.app, { ...q, k: "20", rerank: "true" })).body);
    expect([answer.reranked, answer.rerankReason, answer.mode]).toEqual([true, "Asked for.", mode]);
    expect(answer.seconds.rerank).toBeGreaterThan(0);
    const first = plain.hits.slice(0, 8).map((hit) => ({ hit, score: score("", hit.text) }));
    const expected = [
      ...first
        .toSorted((a, b) => b.score - a.score)
        .map((one) => ({ ...one.hit, rerank: { score: one.score, before: one.hit.rank } })),
      ...plain.hits.slice(8),
    ].map((hit, i) => ({ ...hit, rank: i + 1 }));
    expect(answer.hits).toEqual(expected);
    expect(other.asked).toMatchObject([{ authorization: `Bearer ${KEY}`, query: q.q }]);
    // Asked for three, eight are judged all the same.
    expect(idsOf((await search(studio.app, { ...q, k: "3", rerank: "true" })).body)).toEqual(
      expected.slice(0, 3).map(({ documentId }) => documentId),
    );
  });

  it.each([
    ["down", { status: 502 }, "rerank-refused"],
    ["busy", { status: 429 }, "rerank-busy"],
    ["slow", "silent" as const, "rerank-timeout"],
    ["one score short", { body: [{ index: 0, score: 1 }] }, "rerank-invalid"],
    [
      "not a number",
      { body: [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({ index, score: index === 3 ? null : 1 })) },
      "rerank-invalid",
    ],
  ])("answers as if there were none when it is %s, and says so", async (_what, fault, code) => {
    const q = { q: "kumquat sorts an array", k: "5" };
    const plain = await search(studio.app, q);
    other.fault = fault;
    studio.lines.length = 0;
    const { status, body } = await search(studio.app, { ...q, rerank: "true" });
    expect([status, body.reranked, idsOf(body)]).toEqual([200, false, idsOf(plain.body)]);
    expect(body.rerankReason).toMatch(/^The reranker|^Too many/);
    expect(body.hits.every(({ rerank }) => rerank === null)).toBe(true);
    const state = await health();
    expect(state.checks.rerank).toMatchObject({ status: "degraded", message: expect.stringContaining("unreranked") });
    expect([state.status, state.rerank]).toEqual(["degraded", { model: expect.any(String), top: 8, byDefault: false }]);
    expect(studio.lines).toContainEqual(
      expect.objectContaining({ event: "retrieval.search", reranked: false, rerank_failure: code }),
    );
    for (const secret of ["kumquat", "qsort", KEY]) expect(JSON.stringify(studio.lines)).not.toContain(secret);
    other.fault = null;
    expect((await search(studio.app, { ...q, rerank: "true" })).body.reranked).toBe(true);
    expect((await health()).checks.rerank).toMatchObject({ status: "ok" });
  });

  it("does not rerank a vector, nor an empty list; refuses what is no flag", async () => {
    expect((await search(studio.app, { q: "zebra", mode: "keyword", rerank: "true" })).body).toMatchObject({
      hits: [],
      reranked: false,
      rerankReason: "Nothing was found.",
    });
    expect((await search(studio.app, { q: "x", rerank: "perhaps" })).status).toBe(400);
    const { fingerprint } = (await search(studio.app, { q: "x" })).body.embedder;
    const vector = [1, ...Array<number>(127).fill(0)];
    const payload = { vector, fingerprint, rerank: true };
    const answer = await studio.app.inject({ method: "POST", url: retrievalPaths.search, payload });
    expect(answer.json()).toMatchObject({
      reranked: false,
      rerankReason: "The question came as a vector, without its words.",
    });
    expect(other.asked).toEqual([]);
  });

  it("is there for agents", async () => {
    const url = await studio.app.listen({ port: 0, host: "127.0.0.1" });
    const client = new Client({ name: "test", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    const { structuredContent } = await client.callTool({
      name: "search",
      arguments: { query: "an array", k: 2, rerank: true },
    });
    expect(structuredContent).toMatchObject({
      reranked: true,
      hits: [{ rerankScore: expect.any(Number), rankBefore: expect.any(Number) }, {}],
    });
    await client.close();
  });
});

describe("POST /api/rerank", () => {
  const ask = (payload: object) => studio.app.inject({ method: "POST", url: rerankPaths.rerank, payload });
  const questions = [
    { query: "a", texts: ["7.", "12."] },
    { query: "b", texts: ["10."] },
  ];

  it("wants the token, and a reranker", async () => {
    const server = await testServer({ STUDIO_TOKEN: TOKEN });
    const asked = (token: string) =>
      server.app.inject({
        method: "POST",
        url: rerankPaths.rerank,
        payload: { questions },
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await asked("wrong")).statusCode).toBe(401);
    const answer = await asked(TOKEN);
    expect([answer.statusCode, answer.json<ProblemDetails>().code]).toEqual([424, "rerank-not-configured"]);
    await server.close();
  });

  it("gives scores in order, within its bounds", async () => {
    const answer = rerankAnswerSchema.parse((await ask({ questions })).json());
    expect(answer).toMatchObject({ scores: [[-3, 2], [0]], seconds: [expect.any(Number), expect.any(Number)] });
    const texts = Array<string>(201).fill("x");
    for (const wrong of [[], [{ query: "a", texts: [] }], [{ query: "a", texts }], Array(17).fill(questions[0])])
      expect((await ask({ questions: wrong })).statusCode).toBe(400);
  });

  it.each([
    [{ status: 429, headers: { "retry-after": "7" } }, 429, "rerank-busy"],
    [{ status: 403 }, 424, "rerank-refused"],
    [{ body: [] }, 424, "rerank-invalid"],
  ])("says what is wrong behind it: %j", async (fault, status, code) => {
    other.fault = fault;
    const answer = await ask({ questions });
    expect([answer.statusCode, answer.json<ProblemDetails>().code]).toEqual([status, code]);
    if (status === 429) expect(answer.headers["retry-after"]).toBe("7");
  });
});
