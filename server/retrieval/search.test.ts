import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ingestJobSchema,
  retrievalPaths,
  searchModelSchema,
  searchResponseSchema,
  type SearchResponse,
} from "../../src/domain/api/index.ts";
import { at } from "../../src/domain/present.ts";
import { corpus, ingest, search } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

describe("search", () => {
  let studio: TestStudio;
  beforeAll(async () => {
    studio = await testStudio();
  }, 120_000);
  afterAll(() => studio.close());

  it("stores documents once, finds them, filters, cuts dimensions", async () => {
    const { app } = studio;
    const first = await ingest(app, corpus(30));
    expect(ingestJobSchema.parse(first)).toMatchObject({
      state: "succeeded",
      documents: { total: 30, done: 30, unchanged: 0, failed: 0 },
      chunks: { total: 30, done: 30 },
    });
    expect(await ingest(app, corpus(30))).toMatchObject({ documents: { total: 30, done: 0, unchanged: 30 } });

    const { status, body } = await search(app, { q: "how to sort an array", k: "3" });
    expect(status).toBe(200);
    const answer = searchResponseSchema.parse(body);
    expect(answer.hits).toHaveLength(3);
    expect(answer.hits[0]?.text).toContain("qsort");
    expect(answer).toMatchObject({ mode: "hybrid", modeReason: "The default where documents have text." });
    expect(answer.hits[0]).toMatchObject({
      dense: { rank: expect.any(Number) },
      keyword: { rank: expect.any(Number) },
    });
    expect(answer).toMatchObject({ exact: true, chunks: 30, embedder: { model: "production", version: null } });
    expect(answer.hits[0]?.score).toBeGreaterThanOrEqual(at(answer.hits, 2).score);

    const near = await search(app, { q: "how to sort an array", k: "3", mode: "dense" });
    expect(near.body).toMatchObject({ mode: "dense", modeReason: "Asked for." });
    expect(
      near.body.hits.map(({ dense, keyword, score }) => ({
        rank: dense?.rank,
        score: dense?.score === score,
        keyword,
      })),
    ).toEqual([1, 2, 3].map((rank) => ({ rank, score: true, keyword: null })));
    const worded = await search(app, { q: "opcode mnemonics", mode: "keyword" });
    expect(worded.body).toMatchObject({ mode: "keyword", seconds: { embed: 0 } });
    expect(worded.body.hits.map(({ text }) => text.includes("opcode"))).toEqual(Array(6).fill(true));
    expect(await search(app, { q: '"a" & !b :* ::', mode: "keyword" })).toMatchObject({
      status: 200,
      body: { mode: "keyword" },
    });
    expect((await search(app, { q: "?!", k: "2" })).body).toMatchObject({
      mode: "hybrid",
      modeReason: "The question holds no word, so only vectors rank.",
      hits: [{ keyword: null }, { keyword: null }],
    });
    expect(await search(app, { q: "x", mode: "both" })).toMatchObject({
      status: 400,
      body: { code: "request-invalid" },
    });

    const filtered = await search(app, { q: "tea", k: "50", filter: ["team:red", "year:2021", "draft:false"] });
    expect(filtered.body.hits.length).toBeGreaterThan(0);
    for (const { metadata } of filtered.body.hits)
      expect(metadata).toMatchObject({ team: "red", year: 2021, draft: false });
    expect((await search(app, { q: "tea", filter: "team:nobody" })).body.hits).toEqual([]);

    const short = await search(app, { q: "boil water for tea", dimension: "32" });
    expect(short.body.embedder.dimension).toBe(32);
    expect(short.body.hits[0]?.text).toContain("kettle");
    expect(await search(app, { q: "x", dimension: "4096" })).toMatchObject({
      status: 400,
      body: { code: "dimension-too-large" },
    });
  });

  it("answers a vector as it answers the question, and takes only vectors of the collection's model", async () => {
    const { app, lines } = studio;
    const q = "how to sort an array";
    const embedding = await app.inject({
      method: "POST",
      url: "/v1/embeddings",
      payload: { input: q, input_type: "query" },
    });
    const vector = at(embedding.json<{ data: { embedding: number[] }[] }>().data, 0).embedding;
    const described = await app.inject({ url: retrievalPaths.searchModel });
    const { embedder, hub } = searchModelSchema.parse(described.json());
    const { fingerprint } = embedder;
    expect(embedding.headers["x-model-fingerprint"]).toBe(fingerprint);
    // Its files are where the answer says, also the graph of a base alone.
    expect(hub).toEqual({ repo: "recall-studio/qwen3-embedding-tiny", revision: "main" });
    for (const file of ["onnx/model.onnx", "onnx/model.onnx_data", "tokenizer.json"])
      expect((await app.inject({ method: "HEAD", url: `/${hub?.repo}/resolve/main/${file}` })).statusCode, file).toBe(
        200,
      );

    const ask = async (payload: object | string) => {
      const headers = { "content-type": "application/json" };
      const response = await app.inject({ method: "POST", url: retrievalPaths.search, headers, payload });
      return { status: response.statusCode, body: response.json<SearchResponse & { code: string; hint: string }>() };
    };
    const extras: Record<string, string | string[]>[] = [
      {},
      { k: "30" },
      { dimension: "32" },
      { filter: ["team:red"] },
    ];
    for (const extra of extras) {
      const { body: byText } = await search(app, { q, mode: "dense", ...extra });
      const numbers = Object.fromEntries(
        Object.entries(extra).map(([key, value]) => [key, typeof value === "string" ? Number(value) : value]),
      );
      const { status, body } = await ask({ vector, fingerprint, ...numbers });
      expect(status).toBe(200);
      expect(searchResponseSchema.parse(body)).toMatchObject({
        hits: byText.hits,
        embedder: byText.embedder,
        exact: true,
      });
      expect(body.seconds.embed).toBe(0);
    }
    expect(lines.filter(({ event }) => event === "retrieval.search").at(-1)).toMatchObject({
      embedded_by: "caller",
      model_fingerprint: fingerprint,
    });

    const refused = (status: number, code: string) => ({
      status,
      body: { code, message: expect.any(String), hint: expect.any(String) },
    });
    expect(await ask({ vector, fingerprint: "0".repeat(64) })).toMatchObject(refused(409, "vector-model-differs"));
    expect(await ask({ vector: vector.slice(1), fingerprint })).toMatchObject(refused(400, "vector-dimension"));
    const scaled = vector.map((value) => value * 2);
    expect(await ask({ vector: scaled, fingerprint })).toMatchObject(refused(400, "vector-not-unit"));
    const body = JSON.stringify({ vector, fingerprint });
    for (const bad of ["NaN", "null", "1e999", '"0.5"'])
      expect(await ask(body.replace(String(vector[0]), bad)), bad).toMatchObject(refused(400, "request-invalid"));
    expect(await ask({ vector: Array(4097).fill(0), fingerprint })).toMatchObject(refused(400, "request-invalid"));
    expect(await ask({ vector: Array(40_000).fill(0.123456), fingerprint })).toMatchObject(
      refused(413, "body-too-large"),
    );
    expect(await ask({ vector, fingerprint })).toMatchObject({
      body: { mode: "dense", modeReason: "The question came as a vector, without its words." },
    });
    for (const mode of ["keyword", "hybrid"])
      expect(await ask({ vector, fingerprint, mode })).toMatchObject(refused(400, "request-invalid"));
    expect((await ask({ q, mode: "keyword" })).body.mode).toBe("keyword");
    for (const half of [{ vector, fingerprint, q }, { vector }, {}])
      expect(await ask(half)).toMatchObject(refused(400, "request-invalid"));
    // The same question in the body, which holds more than an address.
    expect((await ask({ q, k: 30 })).body.hits).toEqual((await search(app, { q, k: "30" })).body.hits);
    expect(await ask({ q: "x".repeat(4001) })).toMatchObject(refused(400, "request-invalid"));
    // Each digit is a token: fewer characters than may be asked, more tokens than the model takes. Words alone have no such limit.
    const digits = "7".repeat(3990);
    expect(await ask({ q: digits })).toMatchObject({
      status: 400,
      body: { code: "text-too-long", message: expect.stringMatching(/^The question has more than \d+ tokens/) },
    });
    expect(await ask({ q: digits, mode: "keyword" })).toMatchObject({ status: 200 });
  });

  it("replaces a changed document, lists, reads and deletes", async () => {
    const { app } = studio;
    await ingest(app, [{ id: "doc-0", text: "Entirely about penguins in Antarctica.", metadata: {} }]);
    const { body } = await search(app, { q: "penguins", k: "1" });
    expect(body.hits[0]).toMatchObject({ documentId: "doc-0", title: null });

    const seen: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const page: { documents: { id: string }[]; total: number; next: string | null } = (
        await app.inject({ url: retrievalPaths.documents, query: { limit: "7", ...(next ? { before: next } : {}) } })
      ).json();
      expect(page.total).toBe(30);
      seen.push(...page.documents.map(({ id }) => id));
      next = page.next;
    }
    expect(seen[0]).toBe("doc-0");
    expect(new Set(seen).size).toBe(30);

    const url = retrievalPaths.document("doc-0");
    expect((await app.inject({ url })).json()).toMatchObject({ text: "Entirely about penguins in Antarctica." });
    expect((await app.inject({ method: "DELETE", url })).statusCode).toBe(204);
    expect((await app.inject({ method: "DELETE", url })).statusCode).toBe(404);
    const after = await search(app, { q: "penguins", k: "50" });
    expect(after.body.hits.every(({ documentId }) => documentId !== "doc-0")).toBe(true);
  });
});
