import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { apiPaths, langfuseLineSchema, langfusePaths, retrievalPaths } from "../../src/domain/api/index.ts";
import { at, present } from "../../src/domain/present.ts";
import { ingest, search } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";
import { trueArtifact } from "../testing/trueArtifact.ts";
import { announce, register } from "../testing/upload.ts";
import { VERSION } from "../lib/project.ts";
import { carriedBy, Receiver } from "../testing/langfuse.ts";
import { supportArchive } from "../testing/langfuseArchive.ts";

const SECRET = "zanzibar-wombat-4711";
const CHANGE = "3".repeat(32);

let studio: TestStudio;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await new Receiver().start();
  studio = await testStudio({
    LANGFUSE_PUBLIC_KEY: receiver.publicKey,
    LANGFUSE_SECRET_KEY: receiver.secretKey,
    LANGFUSE_BASE_URL: receiver.url,
  });
}, 120_000);
afterAll(async () => {
  await studio.close();
  await receiver.stop();
});

describe("the way to Langfuse", () => {
  const span = (attributes: object[], name = "training.run") => ({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: "0af7651916cd43dd8448eb211c80319c",
                spanId: "b7ad6b7169203331",
                name,
                kind: 1,
                startTimeUnixNano: "1700000000000000000",
                endTimeUnixNano: "1700000001000000000",
                attributes,
              },
            ],
          },
        ],
      },
    ],
  });
  const post = (body: Buffer | string, headers: Record<string, string> = {}) =>
    studio.app.inject({
      method: "POST",
      url: "/api/langfuse/otel/v1/traces",
      headers: { "content-type": "application/json", ...headers },
      payload: body,
    });

  it("takes spans plain and by gzip, drops bad ones, bounds what is unpacked, and refuses other sites", async () => {
    const body = JSON.stringify(span([{ key: "langfuse.observation.input", value: { stringValue: SECRET } }]));
    expect(await post(body)).toMatchObject({ statusCode: 200, body: "{}" });
    expect((await post(gzipSync(body), { "content-encoding": "gzip" })).headers["x-spans-accepted"]).toBe("1");
    const bad = structuredClone(JSON.parse(body) as ReturnType<typeof span>);
    at(at(at(bad.resourceSpans, 0).scopeSpans, 0).spans, 0).traceId = "short";
    expect((await post(JSON.stringify(bad))).json()).toMatchObject({ partialSuccess: { rejectedSpans: "1" } });
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    expect((await post(bomb, { "content-encoding": "gzip" })).statusCode).toBe(413);
    expect((await post(Buffer.alloc(5 * 1024 * 1024))).statusCode).toBe(413);
    expect((await post("nonsense")).json()).toMatchObject({ status: 400, code: "otlp-unreadable" });
    expect((await post(body, { origin: "https://evil.example" })).statusCode).toBe(403);
  });

  it("sends no text anywhere: not of documents, queries, texts, notes or faults", async () => {
    const { app, telemetry, langfuse, lines } = studio;
    const traceparent = "00-11111111111111111111111111111111-2222222222222222-01";
    await app.inject({
      method: "POST",
      url: retrievalPaths.ingest,
      headers: { traceparent },
      payload: { documents: [{ title: SECRET, source: SECRET, text: `Text ${SECRET}`, metadata: { note: SECRET } }] },
    });
    await ingest(app, [{ text: `More ${SECRET}`, metadata: {} }]);
    await search(app, { q: `where is ${SECRET}`, filter: `note:${SECRET}` });
    await search(app, { q: SECRET, dimension: "9999" });
    await app.inject({ url: `${retrievalPaths.search}?q=${SECRET}&filter=${SECRET}` });
    await app.inject({ url: retrievalPaths.document(SECRET) });
    await app.inject({
      method: "POST",
      url: "/v1/embeddings",
      headers: { traceparent },
      payload: { input: SECRET, user: SECRET },
    });
    await app.inject({ method: "POST", url: "/v1/embeddings", payload: { input: SECRET, model: SECRET } });
    await app.inject({ method: "POST", url: retrievalPaths.ingest, payload: `{"documents": ${SECRET}` });
    await app.inject({
      method: "POST",
      url: retrievalPaths.ingest,
      headers: { "content-type": "application/x-ndjson" },
      payload: `{"text": "${SECRET}", "metadata": "${SECRET}"}`,
    });
    const form = new FormData();
    form.append("files", new Blob([SECRET]), `${SECRET}.exe`);
    await app.inject({ method: "POST", url: retrievalPaths.ingest, payload: form });
    await announce(app, [{ path: `${SECRET}.txt`, bytes: new Uint8Array(1) }]);
    const { version } = await register(app, await trueArtifact(3));
    const promoted = await app.inject({
      method: "POST",
      url: apiPaths.promote(version),
      headers: { traceparent: `00-${CHANGE}-4444444444444444-01` },
      payload: { by: "tester", reason: `because of ${SECRET}` },
    });
    expect(promoted.statusCode).toBe(200);
    const reembedded = () => lines.some(({ event, kind }) => event === "job.ended" && kind === "re-embed");
    await expect.poll(reembedded, { timeout: 30_000 }).toBe(true);
    await telemetry.flush();
    await langfuse?.drain(20_000);

    const sent = `${receiver.bodies.join()}${JSON.stringify(receiver.received)}`;
    expect(sent).not.toContain(SECRET);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
    // Every line and span about vectors says which model made them.
    const telling = lines.filter((line) => "model_fingerprint" in line || "dataset_hash" in line);
    for (const line of telling)
      expect(line, JSON.stringify(line)).toMatchObject({
        model_fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        dataset_hash: line.version ? expect.stringMatching(/^[0-9a-f]{64}$/) : null,
      });
    for (const event of [
      "ingest.queued",
      "ingest.batch",
      "job.ended",
      "retrieval.search",
      "embeddings.create",
      "serving.selected",
      "embedder.loaded",
      "embedder.switched",
      "model.registered",
      "model.promoted",
      "reembed.queued",
      "reembed.batch",
      "collection.activated",
    ])
      expect(
        telling.map((line) => line.event),
        event,
      ).toContain(event);
    for (const span of receiver.received.spans) {
      const facts = carriedBy(span);
      expect(facts).toMatchObject({ "langfuse.environment": "default", [ATTRIBUTE.release]: VERSION });
      // A refused request and the frames of HTTP have no model; a server's own spans all have their latency.
      if (facts[ATTRIBUTE.errorCode] || ["http.request", "training.run"].includes(span.name)) continue;
      expect(facts, span.name).toMatchObject({
        [ATTRIBUTE.modelName]: "qwen3-embedding-tiny",
        [ATTRIBUTE.modelFingerprint]: expect.stringMatching(/^[0-9a-f]{64}$/),
        [ATTRIBUTE.modelRole]: expect.stringMatching(/^(tuned|baseline)$/),
        [ATTRIBUTE.latencyMs]: expect.anything(),
      });
      if (facts[ATTRIBUTE.modelRole] === "tuned") expect(facts[ATTRIBUTE.datasetHash]).toMatch(/^[0-9a-f]{64}$/);
      if (["ingestion.batch", "retrieval.search", "embeddings.create"].includes(span.name))
        expect(JSON.parse(facts[ATTRIBUTE.usage] as string), span.name).toEqual({
          input: expect.any(Number),
          total: expect.any(Number),
        });
    }

    const names = receiver.received.spans.map(({ name }) => name);
    for (const name of [
      "ingestion.job",
      "ingestion.batch",
      "retrieval.search",
      "embeddings.create",
      "serving.load",
      "registry.upload",
      "registry.verify",
      "registry.promote",
      "http.request",
    ])
      expect(names).toContain(name);
    // A mistake of the caller's is a warning with its code; a user is known by a hash alone.
    const embeddings = receiver.received.spans.filter(({ name }) => name === "embeddings.create").map(carriedBy);
    expect(embeddings).toContainEqual(
      expect.objectContaining({ [ATTRIBUTE.level]: "WARNING", [ATTRIBUTE.statusMessage]: "model-not-found" }),
    );
    const user = createHash("sha256").update(SECRET).digest("hex");
    expect(embeddings.filter((facts) => facts[ATTRIBUTE.userId] === user)).toHaveLength(1);
    expect(embeddings.filter((facts) => ATTRIBUTE.userId in facts)).toHaveLength(1);
    // What the caller began goes on here, and nothing of the server's own was cut by the allow-list.
    const mine = receiver.received.spans.filter(({ traceId }) => String(traceId).startsWith("1111"));
    expect(mine.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["http.request", "ingestion.job", "embeddings.create"]),
    );
    expect(lines.filter(({ event }) => event === "attributes-cut")).toEqual([]);
    // From the promotion to the last vector that follows from it: one trace, and one correlation id in the log.
    const changed = receiver.received.spans.filter(({ traceId }) => traceId === CHANGE).map(({ name }) => name);
    expect(changed).toEqual(
      expect.arrayContaining(["registry.promote", "serving.load", "ingestion.job", "ingestion.batch"]),
    );
    const reembedding = present(
      receiver.received.spans.find((span) => span.traceId === CHANGE && span.name === "ingestion.job"),
      "span of the job",
    );
    const stored = (await app.inject({ url: retrievalPaths.documents })).json<{ documents: unknown[] }>().documents;
    expect(Number(carriedBy(reembedding)[ATTRIBUTE.documents])).toBe(stored.length);
    const followed = lines.filter((line) => line.correlation_id === CHANGE).map(({ event }) => event);
    expect(followed).toEqual(expect.arrayContaining(["request", "model.promoted", "reembed.queued", "job.ended"]));
    const status = (await app.inject({ url: "/api/langfuse/status" })).json();
    expect(status).toMatchObject({ connected: true, dropped: 0, lastError: null });
  }, 120_000);
});

describe("pairs from Langfuse", () => {
  const source = {
    kind: "score",
    name: "helpful",
    good: ">=0.5",
    bad: "<0.5",
    from: "2026-11-01T00:00:00.000Z",
    to: "2026-11-20T00:00:00.000Z",
  };
  const mapping = { question: ["input"], documents: ["output"], negatives: null, first: null };
  const ask = (url: string, payload: object) => studio.app.inject({ method: "POST", url, payload });

  it("are read line by line, and none of their text is in the log", async () => {
    receiver.archive = supportArchive({ retrievals: 300 });
    const preview = await ask(langfusePaths.preview, { source });
    expect(preview.json()).toMatchObject({ mapping, answered: { observations: "v2", scores: "v3" } });
    const answer = await ask(langfusePaths.pairs, { source, mapping });
    const lines = answer.body
      .trim()
      .split("\n")
      .map((line) => langfuseLineSchema.parse(JSON.parse(line)));
    expect(lines.at(-1)).toEqual({ type: "end", answered: { observations: "v2", scores: "v3" } });
    const judged = lines.flatMap((line) => (line.type === "page" ? line.judged : []));
    expect(judged).toHaveLength(150);
    expect(judged[0]?.query).toMatch(/^How do I /);
    const logged = JSON.stringify(studio.lines);
    expect(logged).toContain("langfuse.read");
    expect(logged).not.toContain("How do I");
    expect(logged).not.toContain(receiver.secretKey);
  });

  it("say in their last line where they broke off and why", async () => {
    const archive = (receiver.archive = supportArchive({ retrievals: 300 }));
    archive.trouble = [{ status: 200, body: { data: [], meta: {} } }, { status: 403 }];
    const answer = await ask(langfusePaths.pairs, { source, mapping });
    expect(JSON.parse(answer.body.trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "problem",
      problem: { code: "langfuse-unauthorized" },
    });
    expect((await ask(langfusePaths.pairs, { source: { ...source, bad: "<1" }, mapping })).json()).toMatchObject({
      status: 400,
      code: "rules-overlap",
    });
    expect((await ask(langfusePaths.preview, { source: { ...source, to: source.from } })).statusCode).toBe(400);
  });
});
