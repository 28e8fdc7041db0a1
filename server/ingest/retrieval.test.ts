import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ingestJobSchema,
  retrievalPaths,
  searchModelSchema,
  searchResponseSchema,
  type SearchResponse,
} from "../../src/domain/api/index.ts";
import { dial } from "../testing/dial.ts";
import { corpus, ingest, jobEnd, search } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

describe("ingestion and search", () => {
  let studio: TestStudio;
  beforeAll(async () => {
    studio = await testStudio({}, { adjust: ({ limits }) => Object.assign(limits, { uploadIdleMs: 300 }) });
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
    expect(answer.hits[0]!.text).toContain("qsort");
    expect(answer).toMatchObject({ exact: true, chunks: 30, embedder: { model: "production", version: null } });
    expect(answer.hits[0]!.score).toBeGreaterThanOrEqual(answer.hits[2]!.score);

    const filtered = await search(app, { q: "tea", k: "50", filter: ["team:red", "year:2021", "draft:false"] });
    expect(filtered.body.hits.length).toBeGreaterThan(0);
    for (const { metadata } of filtered.body.hits)
      expect(metadata).toMatchObject({ team: "red", year: 2021, draft: false });
    expect((await search(app, { q: "tea", filter: "team:nobody" })).body.hits).toEqual([]);

    const short = await search(app, { q: "boil water for tea", dimension: "32" });
    expect(short.body.embedder.dimension).toBe(32);
    expect(short.body.hits[0]!.text).toContain("kettle");
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
    const vector = embedding.json<{ data: { embedding: number[] }[] }>().data[0]!.embedding;
    const described = await app.inject({ url: retrievalPaths.searchModel });
    const { embedder, hub } = searchModelSchema.parse(described.json());
    const { fingerprint } = embedder;
    expect(embedding.headers["x-model-fingerprint"]).toBe(fingerprint);
    // Its files are where the answer says, also the graph of a base alone.
    expect(hub).toEqual({ repo: "recall-studio/qwen3-embedding-tiny", revision: "main" });
    for (const file of ["onnx/model.onnx", "onnx/model.onnx_data", "tokenizer.json"])
      expect((await app.inject({ method: "HEAD", url: `/${hub!.repo}/resolve/main/${file}` })).statusCode, file).toBe(
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
      const { body: byText } = await search(app, { q, ...extra });
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
    expect(await ask({ vector, fingerprint, q })).toMatchObject(refused(400, "request-invalid"));
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

  it("takes NDJSON streams, and nothing of a stream with a bad line", async () => {
    const { app } = studio;
    const send = (payload: string) =>
      app.inject({
        method: "POST",
        url: retrievalPaths.ingest,
        headers: { "content-type": "application/x-ndjson" },
        payload,
      });
    const lines = Array.from({ length: 250 }, (_, i) =>
      JSON.stringify({ id: `line-${i}`, text: `Line ${i} of a stream.` }),
    );
    const sent = await send(`${lines.join("\n")}\n\n`);
    expect(sent.statusCode).toBe(202);
    expect(await jobEnd(app, sent.json<{ job: { id: string } }>().job.id)).toMatchObject({
      state: "succeeded",
      label: "line-0 and 249 more",
      documents: { total: 250, done: 250 },
    });
    const before = (await app.inject({ url: retrievalPaths.documents })).json<{ total: number }>().total;
    const bad = await send(`{"text":"fine"}\n{"text": 3}\n`);
    expect(bad.statusCode).toBe(400);
    expect(bad.json()).toMatchObject({ code: "line-invalid", message: expect.stringContaining("Line 2") });
    expect((await app.inject({ url: retrievalPaths.documents })).json<{ total: number }>().total).toBe(before);
  });

  it("takes files, and says of each bad one what is wrong with it", async () => {
    const { app } = studio;
    const form = new FormData();
    form.append("metadata", JSON.stringify({ origin: "upload" }));
    form.append("files", new Blob(["# Otters\n\nOtters hold hands while they sleep."]), "../../etc/otters.md");
    form.append("files", new Blob(["%PDF-1.7 broken"]), "broken.pdf");
    form.append("files", new Blob(["MZ"]), "tool.exe");
    const response = await app.inject({ method: "POST", url: retrievalPaths.ingest, payload: form });
    expect(response.statusCode).toBe(202);
    const job = await jobEnd(app, response.json<{ job: { id: string } }>().job.id);
    expect(job).toMatchObject({ state: "succeeded", documents: { total: 3, done: 1, failed: 2 } });
    expect(job.failures.map(({ document, code }) => [document, code])).toEqual([
      ["broken.pdf", "file-unreadable"],
      ["tool.exe", "file-type-unsupported"],
    ]);
    // The unread files' bytes are not kept: there is nothing to try again.
    expect(job.retryable).toBe(false);
    const again = await app.inject({ method: "POST", url: retrievalPaths.jobRetry(job.id) });
    expect(again.json()).toMatchObject({ status: 409, code: "nothing-to-retry" });
    const { body } = await search(app, { q: "otters sleep holding hands", k: "1" });
    expect(body.hits[0]).toMatchObject({ title: "Otters", source: "otters.md", metadata: { origin: "upload" } });
  });

  it.each([
    ["JSON that stalls", "application/json", '{"documents": [', false],
    ["a stream that stalls", "application/x-ndjson", '{"text": "one"}\n{"text"', false],
    ["a stream by driblets", "application/x-ndjson", '{"text": "one"}\n{"text": "', true],
    ["a file that stalls", "multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nx', false], // prettier-ignore
  ])("gives up %s, and takes nothing of it", async (_what, type, start, driblets) => {
    const { app, store } = studio;
    const before = await store.counts();
    const { socket, answer } = await dial(app);
    socket.write(
      `POST ${retrievalPaths.ingest} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 90000\r\n\r\n${start}`,
    );
    const drip = driblets ? setInterval(() => socket.write("x"), 50) : undefined;
    const text = await answer;
    clearInterval(drip);
    expect(text).toMatch(/^HTTP\/1\.1 408/);
    expect(text).toContain("upload-stalled");
    expect(await store.counts()).toEqual(before);
    const { jobs } = (await app.inject({ url: retrievalPaths.jobs })).json<{ jobs: { state: string }[] }>();
    expect(jobs.every(({ state }) => state === "succeeded")).toBe(true);
  });

  it("follows a job by server-sent events up to its end", async () => {
    const { app } = studio;
    const started = await app.inject({
      method: "POST",
      url: retrievalPaths.ingest,
      payload: { documents: corpus(40, 1000) },
    });
    const { job } = started.json<{ job: { id: string } }>();
    const stream = await app.inject({ url: retrievalPaths.jobEvents(job.id) });
    expect(stream.headers["content-type"]).toContain("text/event-stream");
    const events = [...stream.body.matchAll(/^event: job\ndata: (.+)$/gm)].map((match) =>
      ingestJobSchema.parse(JSON.parse(match[1] as string)),
    );
    expect(events.at(-1)).toMatchObject({ state: "succeeded", documents: { done: 40 } });
    const list = (await app.inject({ url: retrievalPaths.jobs })).json<{ jobs: { id: string }[] }>().jobs;
    expect(list[0]!.id).toBe(job.id);
  });

  it.each([
    ["no document", { documents: [] }, "documents-invalid"],
    ["one id with two texts", { documents: [{ id: "a", text: "x" }, { id: "a", text: "y" }] }, "document-id-twice"], // prettier-ignore
    ["a text that is none", { documents: [{ text: 5 }] }, "documents-invalid"],
  ])("refuses %s", async (_what, payload, code) => {
    const response = await studio.app.inject({ method: "POST", url: retrievalPaths.ingest, payload });
    expect(response.json()).toMatchObject({ status: 400, code });
  });

  it("bounds lines, files and their sizes, and refuses a form that breaks off", async () => {
    const { app } = studio;
    const before = (await app.inject({ url: retrievalPaths.documents })).json<{ total: number }>().total;
    const send = (payload: string | FormData, type = "application/x-ndjson") =>
      app.inject({
        method: "POST",
        url: retrievalPaths.ingest,
        payload,
        ...(typeof payload === "string" ? { headers: { "content-type": type } } : {}),
      });
    const files = (count: number, bytes: number, metadata = "{}") => {
      const form = new FormData();
      form.append("metadata", metadata);
      for (let i = 0; i < count; i += 1) form.append("files", new Blob([new Uint8Array(bytes).fill(97)]), `f${i}.txt`);
      return form;
    };
    const MB = 1024 * 1024;
    expect((await send(`{"text":"a"}\n{"text":"${"x".repeat(9 * MB)}`)).json()).toMatchObject({
      code: "line-too-long",
    });
    expect((await send(files(101, 1))).json()).toMatchObject({ code: "too-many-files" });
    const broken = await send("--b\r\nContent-", "multipart/form-data; boundary=b");
    expect(broken.json()).toMatchObject({ status: 400, code: "multipart-malformed" });
    expect((await send(files(1, 1, '{"a":{"b":1}}'))).json()).toMatchObject({ code: "metadata-invalid" });
    const large = await send(files(1, 26 * MB));
    expect(await jobEnd(app, large.json<{ job: { id: string } }>().job.id)).toMatchObject({
      state: "failed",
      failures: [{ document: "f0.txt", code: "file-too-large" }],
    });
    expect((await app.inject({ url: retrievalPaths.documents })).json<{ total: number }>().total).toBe(before);
  });

  it("stores a text without its NULs, keeps one that is written out, and refuses broken Unicode", async () => {
    const { app } = studio;
    const job = await ingest(app, [
      { id: "with-nul", text: "nul \u0000 inside", metadata: { note: "a\u0000b" } },
      { id: "written-out", text: "In JSON the sequence \\u0000 stands for NUL." },
    ]);
    expect(job).toMatchObject({ documents: { done: 2, failed: 0 }, failures: [], warnings: [] });
    const text = async (id: string) =>
      (await app.inject({ url: retrievalPaths.document(id) })).json<{ text: string; metadata: object }>();
    expect(await text("with-nul")).toMatchObject({ text: "nul  inside", metadata: { note: "ab" } });
    expect(await text("written-out")).toMatchObject({ text: "In JSON the sequence \\u0000 stands for NUL." });
  });

  it("tells in the job what of a file could not be read", async () => {
    const { app } = studio;
    const pdf = readFileSync(join(import.meta.dirname, "extract/cases/cjk-unigb.pdf"), "latin1");
    const form = new FormData();
    form.append("files", new Blob([Buffer.from(pdf.replace("UniGB-UCS2-H", "NoSuchMap-XX"), "latin1")]), "shed.pdf");
    const answer = await app.inject({ method: "POST", url: retrievalPaths.ingest, payload: form });
    expect(await jobEnd(app, answer.json<{ job: { id: string } }>().job.id)).toMatchObject({
      state: "succeeded",
      warnings: [{ document: "shed.pdf", message: expect.stringContaining("character map") as string }],
    });
  });
});
