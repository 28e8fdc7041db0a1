import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  retrievalPaths,
  searchResponseSchema,
  ingestJobSchema,
  indexStatusSchema,
} from "../../src/domain/api/index.ts";
import { dial, promote, register } from "../testing.ts";
import { ingest, jobEnd, search, testStudio, trueArtifact, type TestStudio } from "./testing.ts";

const TOPICS = [
  "qsort sorts an array in place with a comparison function.",
  "The kettle boils water for tea in the kitchen.",
  "A mutex protects shared data from concurrent threads.",
  "Invoices are paid within thirty days of receipt.",
  "The opcode table maps mnemonics to machine instructions.",
];
const corpus = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => ({
    id: `doc-${from + i}`,
    title: `Title ${from + i}`,
    text: `${TOPICS[i % TOPICS.length]} Note number ${from + i}.`,
    metadata: { team: i % 2 ? "red" : "blue", year: 2020 + (i % 3), draft: i % 5 === 0 },
  }));

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
    const { body } = await search(app, { q: "otters sleep holding hands", k: "1" });
    expect(body.hits[0]).toMatchObject({ title: "Otters", source: "otters.md", metadata: { origin: "upload" } });
  });

  it.each([
    ["JSON that stalls", "application/json", '{"documents": [', false],
    ["a stream that stalls", "application/x-ndjson", '{"text": "one"}\n{"text"', false],
    ["a stream by driblets", "application/x-ndjson", '{"text": "one"}\n{"text": "', true],
    ["a file that stalls", "multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nx', false], // prettier-ignore
  ])("gives up %s, and takes nothing of it", async (_what, type, start, driblets) => {
    const { app, retrieval } = studio;
    const before = await retrieval.store.counts();
    const { socket, answer } = await dial(app);
    socket.write(
      `POST ${retrievalPaths.ingest} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 90000\r\n\r\n${start}`,
    );
    const drip = driblets ? setInterval(() => socket.write("x"), 50) : undefined;
    const text = await answer;
    clearInterval(drip);
    expect(text).toMatch(/^HTTP\/1\.1 408/);
    expect(text).toContain("upload-stalled");
    expect(await retrieval.store.counts()).toEqual(before);
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

  it("keeps text that no database takes out of it, and says so", async () => {
    const job = await ingest(studio.app, [{ text: "nul \u0000 inside" }, { text: "whole" }]);
    expect(job).toMatchObject({ documents: { done: 1, failed: 1 }, failures: [{ code: "text-invalid" }] });
  });
});

describe("promotion", () => {
  it("re-embeds in the background and switches at once; no search fails or mixes models", async () => {
    const studio = await testStudio();
    const { app, retrieval } = studio;
    let searching = true;
    let hammer: Promise<void>[] = [];
    try {
      await ingest(app, corpus(150));
      const { version, fingerprint } = await register(app, await trueArtifact(1));
      const baseline = (await search(app, { q: "sort" })).body.embedder.fingerprint;

      // What each model truly answers, from vectors made one by one.
      const seen = new Map<string, number>();
      hammer = Array.from({ length: 2 }, async () => {
        while (searching) {
          const { status, body } = await search(app, { q: "how to sort an array", k: "5" });
          expect(status).toBe(200);
          expect([baseline, fingerprint]).toContain(body.embedder.fingerprint);
          // The scores are cosines of the collection's own model: the same text gives the same score again and again.
          const key = `${body.embedder.fingerprint}|${body.hits.map(({ documentId, score }) => `${documentId}:${score.toFixed(4)}`).join()}`;
          seen.set(key, (seen.get(key) ?? 0) + 1);
          expect(body.hits).toHaveLength(5);
        }
      });
      // What embeds for others changes with the promotion too, at once and without a failed request.
      const vectorsOf = new Map<string, number[][]>();
      const cosine = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
      const embed = async () => {
        const response = await app.inject({
          method: "POST",
          url: "/v1/embeddings",
          payload: { model: "production", input: ["how to sort an array", "water for tea"] },
        });
        expect(response.statusCode, response.body).toBe(200);
        const { data } = response.json<{ data: { embedding: number[] }[] }>();
        const by = response.headers["x-model-fingerprint"] as string;
        const first = vectorsOf.get(by) ?? data.map(({ embedding }) => embedding);
        vectorsOf.set(by, first);
        // A model's vectors are always the same ones, and no two models share a request.
        data.forEach(({ embedding }, i) => expect(cosine(embedding, first[i]!)).toBeGreaterThan(0.99999));
      };
      hammer.push(
        (async () => {
          while (searching) await embed();
        })(),
      );
      await embed();
      const promoted = await promote(app, version);
      expect(promoted.statusCode, promoted.body).toBe(200);
      // New documents arrive while the collection is built.
      const late = await ingest(app, [{ id: "late", text: "Walruses rest on drifting ice.", metadata: {} }]);
      expect(late.state).toBe("succeeded");
      const deadline = Date.now() + 60_000;
      while ((await search(app, { q: "walrus on ice", k: "1" })).body.embedder.fingerprint !== fingerprint)
        expect(Date.now()).toBeLessThan(deadline);
      for (let i = 0; i < 10; i += 1) await search(app, { q: "how to sort an array", k: "5" });
      searching = false;
      await Promise.all(hammer);

      await embed();
      expect([...vectorsOf.keys()].sort()).toEqual([baseline, fingerprint].sort());
      expect(cosine(vectorsOf.get(baseline)![0]!, vectorsOf.get(fingerprint)![0]!)).toBeLessThan(0.999);
      // One ranking by the old model, one by the new one, and nothing between.
      const rankings = [...seen.keys()];
      expect(rankings.filter((key) => key.startsWith(fingerprint))).toHaveLength(1);
      expect(rankings.filter((key) => key.startsWith(baseline))).toHaveLength(1);
      const counts = await retrieval.store.counts();
      expect(counts.vectors[fingerprint]).toBe(151);
      expect(counts.vectors[baseline]).toBe(151);
      expect((await search(app, { q: "walrus on ice", k: "1" })).body.hits[0]!.documentId).toBe("late");

      // The baseline stays searchable beside it.
      const side = await search(app, { q: "walrus on ice", k: "1", model: "baseline" });
      expect(side.body).toMatchObject({
        embedder: { fingerprint: baseline, model: "baseline" },
        hits: [{ documentId: "late" }],
      });
      const index = indexStatusSchema.parse((await app.inject({ url: retrievalPaths.index })).json());
      expect(index).toMatchObject({ active: fingerprint, production: fingerprint, documents: 151, job: null });
      expect(index.collections.map(({ model, state }) => [model, state]).sort()).toEqual([
        ["baseline", "ready"],
        ["production", "ready"],
      ]);

      // Back again: the vectors are still there.
      await app.inject({ method: "POST", url: "/api/registry/rollback", payload: { by: "t", reason: "test" } });
      await retrieval.models.settled();
      await retrieval.collections.settled();
      expect((await search(app, { q: "sort", k: "1" })).body.embedder.fingerprint).toBe(baseline);
    } finally {
      searching = false;
      await Promise.allSettled(hammer);
      await studio.close();
    }
  }, 180_000);

  it("builds a candidate's collection on request, and says when there is none", async () => {
    const studio = await testStudio();
    const { app } = studio;
    try {
      await ingest(app, corpus(20));
      const { version, fingerprint } = await register(app, await trueArtifact(2));
      expect(await search(app, { q: "sort", model: version })).toMatchObject({
        status: 409,
        body: { code: "collection-missing" },
      });
      const started = await app.inject({ method: "POST", url: retrievalPaths.reembed, payload: { model: version } });
      expect(started.statusCode).toBe(202);
      expect(await jobEnd(app, started.json<{ job: { id: string } }>().job.id)).toMatchObject({
        state: "succeeded",
        kind: "re-embed",
        chunks: { total: 20, done: 20 },
      });
      expect((await search(app, { q: "sort", model: version })).body.embedder).toMatchObject({ fingerprint, version });
      expect((await search(app, { q: "sort" })).body.embedder.version).toBeNull();
    } finally {
      await studio.close();
    }
  }, 120_000);
});
