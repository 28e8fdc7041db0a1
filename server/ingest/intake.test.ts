import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ingestJobSchema, retrievalPaths } from "../../src/domain/api/index.ts";
import { dial } from "../testing/dial.ts";
import { corpus, ingest, jobEnd, search } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

describe("taking documents in", () => {
  let studio: TestStudio;
  beforeAll(async () => {
    studio = await testStudio();
  }, 120_000);
  afterAll(() => studio.close());

  it("takes NDJSON streams, and nothing of a stream with a bad line", async () => {
    const { app } = studio;
    const send = (payload: string) =>
      app.inject({
        method: "POST",
        url: retrievalPaths.ingest,
        headers: { "content-type": "application/x-ndjson" },
        payload,
      });
    // More than are written to the store at once.
    const lines = Array.from({ length: 110 }, (_, i) =>
      JSON.stringify({ id: `line-${i}`, text: `Line ${i} of a stream.` }),
    );
    const sent = await send(`${lines.join("\n")}\n\n`);
    expect(sent.statusCode).toBe(202);
    expect(await jobEnd(app, sent.json<{ job: { id: string } }>().job.id)).toMatchObject({
      state: "succeeded",
      label: "line-0 and 109 more",
      documents: { total: 110, done: 110 },
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

  describe("from senders that are slow", () => {
    let usual: number;
    beforeAll(() => {
      ({ uploadIdleMs: usual } = studio.config.limits);
      studio.config.limits.uploadIdleMs = 300;
    });
    afterAll(() => void (studio.config.limits.uploadIdleMs = usual));

    it.each([
      ["JSON that stalls", "application/json", '{"documents": [', false],
      ["a stream that stalls", "application/x-ndjson", '{"text": "one"}\n{"text"', false],
      ["a stream by driblets", "application/x-ndjson", '{"text": "one"}\n{"text": "', true],
      [
        "a file that stalls",
        "multipart/form-data; boundary=b",
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nx',
        false,
      ],
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
  });

  it("takes a sender that goes away amid its body for at fault, and nothing of it", async () => {
    const { app, store, lines } = studio;
    const before = await store.counts();
    const seen = lines.length;
    const { socket, answer } = await dial(app);
    socket.write(
      `POST ${retrievalPaths.ingest} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: 90000\r\n\r\n{"text": "one"}\n{"te`,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.destroy();
    await answer;
    const ended = () => lines.slice(seen).some(({ span }) => span === "http.request");
    await expect.poll(ended, { timeout: 10_000 }).toBe(true);
    expect(lines.slice(seen).filter(({ level }) => level === "error")).toEqual([]);
    expect(await store.counts()).toEqual(before);
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
    expect(list[0]?.id).toBe(job.id);
  });

  it.each([
    ["no document", { documents: [] }, "documents-invalid"],
    [
      "one id with two texts",
      {
        documents: [
          { id: "a", text: "x" },
          { id: "a", text: "y" },
        ],
      },
      "document-id-twice",
    ],
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
    // Nothing to do is no success.
    for (const none of [await send("\n\n"), await send(files(0, 1))])
      expect(none.json()).toMatchObject({ status: 400, code: "nothing-to-ingest" });
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
    const pdf = readFileSync(join(import.meta.dirname, "../../src/domain/documents/cases/cjk-unigb.pdf"), "latin1");
    const form = new FormData();
    form.append("files", new Blob([Buffer.from(pdf.replace("UniGB-UCS2-H", "NoSuchMap-XX"), "latin1")]), "shed.pdf");
    const answer = await app.inject({ method: "POST", url: retrievalPaths.ingest, payload: form });
    expect(await jobEnd(app, answer.json<{ job: { id: string } }>().job.id)).toMatchObject({
      state: "succeeded",
      warnings: [{ document: "shed.pdf", message: expect.stringContaining("character map") as string }],
    });
  });
});
