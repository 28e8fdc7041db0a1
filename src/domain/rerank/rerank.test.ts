import { afterEach, describe, expect, it } from "vitest";
import { openRerankServer, type RerankServer } from "../../testing/rerankServer.ts";
import { endpointReranker, rerankUrl } from "./endpointReranker.ts";
import { readScores } from "./forms.ts";
import { rerankOrder } from "./order.ts";

let server: RerankServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

const signal = new AbortController().signal;
const TEXTS = Array.from({ length: 50 }, (_, i) => `text ${(i * 37) % 50}`);
const number = (_query: string, text: string) => Number(text.split(" ")[1]) / 10 - 2;
const EXPECTED = TEXTS.map((text) => number("", text));
const endpoint = { form: null, model: null, key: null };

describe("a reranker behind an endpoint", () => {
  it.each(["tei", "cohere"] as const)("finds out that it speaks %s, once, and puts scores in order", async (form) => {
    server = await openRerankServer(form, number);
    const reranker = endpointReranker({ ...endpoint, url: server.url, model: "m", key: "k" });
    expect(await reranker.score("q", TEXTS, signal)).toEqual(EXPECTED);
    const first = server.asked.length;
    expect(await reranker.score("q", TEXTS.slice(0, 3), signal)).toEqual(EXPECTED.slice(0, 3));
    const last = server.asked.slice(first);
    expect(last).toMatchObject([{ path: "/rerank", authorization: "Bearer k", query: "q", texts: TEXTS.slice(0, 3) }]);
    expect(last[0]?.body).toMatchObject(
      form === "tei" ? { raw_scores: true, truncate: true } : { model: "m", top_n: 3 },
    );
    // 50 texts are two requests of text-embeddings-inference's 32.
    expect(first).toBe(form === "tei" ? 2 : 3);
  });

  it("asks in Cohere's form first where the address has a version, and keeps to a form it is told", async () => {
    server = await openRerankServer("cohere", number);
    await endpointReranker({ ...endpoint, url: `${server.url}/v2/` }).score("q", ["text 1"], signal);
    expect(server.asked).toMatchObject([{ path: "/v2/rerank", authorization: undefined, texts: ["text 1"] }]);
    const told = endpointReranker({ ...endpoint, url: `${server.url}/rerank`, form: "tei" });
    await expect(told.score("q", ["text 1"], signal)).rejects.toMatchObject({ code: "rerank-refused" });
    expect(server.asked).toHaveLength(2);
  });

  it("finds out anew where another server of the other form took the address", async () => {
    server = await openRerankServer("tei", number);
    const { url } = server;
    const reranker = endpointReranker({ ...endpoint, url });
    expect(await reranker.score("q", ["text 1"], signal)).toEqual([-1.9]);
    await server.close();
    server = await openRerankServer("cohere", number, Number(new URL(url).port));
    for (const asked of [2, 3]) {
      expect(await reranker.score("q", ["text 1"], signal)).toEqual([-1.9]);
      expect(server.asked).toHaveLength(asked);
    }
  });

  it("says that a page is no JSON", async () => {
    server = await openRerankServer("tei", number);
    server.fault = { page: "<!doctype html><title>Sign in</title>" };
    await expect(endpointReranker({ ...endpoint, url: server.url }).score("q", ["x"], signal)).rejects.toMatchObject({
      code: "rerank-invalid",
      message: "The reranker did not answer with JSON.",
    });
  });

  it.each([
    [{ status: 401 }, "rerank-refused"],
    [{ status: 307, headers: { location: "http://127.0.0.1:9/" } }, "rerank-refused"],
    [{ status: 429, headers: { "retry-after": "2" } }, "rerank-busy"],
    [{ body: [{ index: 0, score: 1 }] }, "rerank-invalid"],
    [{ body: { results: "text 1" } }, "rerank-invalid"],
  ])("says what is wrong behind it, and none of the texts: %j", async (fault, code) => {
    server = await openRerankServer("tei", number);
    server.fault = fault;
    const failed = endpointReranker({ ...endpoint, url: server.url }).score("q", TEXTS.slice(0, 2), signal);
    const thrown = (await failed.catch((error: unknown) => error)) as Error & { code: string; afterMs?: number };
    expect(thrown).toMatchObject({ code, ...(code === "rerank-busy" && { afterMs: 2000 }) });
    expect(thrown.message).not.toContain("text");
  });

  it("says so where nothing listens, and ends with the caller's signal", async () => {
    server = await openRerankServer("tei", number);
    const { url } = server;
    server.fault = "silent";
    const stop = new AbortController();
    const waiting = endpointReranker({ ...endpoint, url }).score("q", TEXTS, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    await server.close();
    server = null;
    await expect(endpointReranker({ ...endpoint, url }).score("q", TEXTS, signal)).rejects.toMatchObject({
      code: "rerank-unreachable",
    });
  });

  it("takes an address with and without /rerank, and none with a key in it", () => {
    expect(rerankUrl("http://h:1").href).toBe("http://h:1/rerank");
    expect(rerankUrl("https://h/v1/rerank/").href).toBe("https://h/v1/rerank");
    for (const wrong of ["h:8080", "file:///etc", "http://user:key@h/"])
      expect(() => rerankUrl(wrong)).toThrow("address");
  });
});

it("takes one finite score a text and nothing else", () => {
  expect(
    readScores(
      [
        { index: 1, score: 2 },
        { index: 0, score: -1 },
      ],
      2,
    ),
  ).toEqual([-1, 2]);
  const results = [{ index: 0, relevance_score: 0.5, document: { text: "x" } }];
  expect(readScores({ results }, 1)).toEqual([0.5]);
  for (const wrong of [
    [{ index: 0, score: null }],
    [{ index: 1, score: 1 }],
    [
      { index: 0, score: 1 },
      { index: 0, score: 2 },
    ],
    { results: [{ index: 0, score: 1 }] },
    "NaN",
    null,
  ])
    expect(readScores(wrong, Array.isArray(wrong) ? wrong.length : 1)).toBeNull();
});

it("orders by score, and leaves equal ones as they were", () => {
  expect(rerankOrder([1, 3, 1, 3, -2])).toEqual([1, 3, 0, 2, 4]);
});
