import { createServer, type IncomingMessage, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Health } from "../../src/domain/api/index.ts";
import { PROBE_TEXTS } from "../../src/domain/artifact/probes.ts";
import type { Problem } from "../../src/domain/errors.ts";
import { tinyBase } from "../../src/testing/modelFiles.ts";
import { at } from "../../src/domain/present.ts";
import { ingest, search } from "../testing/documents.ts";
import { TINY } from "../testing/folder.ts";
import { testStudio } from "../testing/studio.ts";
import { hashFile } from "../lib/hash.ts";
import { Secret } from "../lib/secret.ts";
import { dot } from "../testing/vectors.ts";
import { Embedder } from "./embedder.ts";
import { Endpoint } from "./endpoint.ts";
import { OnnxStore } from "./onnxStore.ts";
import { EndpointSession } from "./endpointSession.ts";

/** Another server with the same model: OpenAI's form over the same base, with ways to go wrong. */
let other: Server;
let url: string;
let base: Embedder;
let folder: string;
let mode: "right" | "wrong model" | "busy once" | "refuses" | "nonsense" = "right";
const requests: { headers: IncomingMessage["headers"]; body: { model: string; input: string[] } }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "endpoint-"));
  const sha256 = await hashFile(join(tinyBase, "model.safetensors"));
  const source = { fingerprint: sha256, tuned: null, base: { name: TINY, directory: tinyBase, sha256 } };
  base = await Embedder.open(source, new OnnxStore(folder), { maxTokens: 512, threads: 1 });
  other = createServer((request, response) => {
    void (async () => {
      const body = JSON.parse(await text(request)) as { model: string; input: string[] };
      requests.push({ headers: request.headers, body });
      const json = (status: number, value: unknown, headers = {}) =>
        response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
      if (mode === "refuses") return json(401, { error: body.input });
      if (mode === "nonsense") return json(200, { data: [{ index: 0, embedding: ["x"] }] });
      if (mode === "busy once") {
        mode = "right";
        return json(429, {}, { "retry-after": "0.05" });
      }
      // Another model stands in for a wrong revision: every text means something else to it.
      const input = mode === "wrong model" ? body.input.map((words) => `other ${words}`) : body.input;
      const { vectors } = await base.embed(input, "document", { lane: "interactive" });
      // Three times as long: whoever asks normalizes.
      json(200, {
        data: vectors.map((vector, index) => ({ index, embedding: [...vector.map((x) => 3 * x)] })).reverse(),
      });
    })();
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(other.address() as { port: number }).port}/v1`;
}, 60_000);
beforeEach(() => {
  mode = "right";
  requests.length = 0;
});
afterAll(async () => {
  other.closeAllConnections();
  other.close();
  await base.close();
  await rm(folder, { recursive: true });
});

const embedded = async (texts: string[]) => (await base.embed(texts, "document", { lane: "interactive" })).vectors;

/** A session that counts what this server embeds itself, and asks the endpoint again after 40 ms. */
const open = async () => {
  const seen: (string | null)[] = [];
  let [local, closed] = [0, 0];
  const runtime = {
    run: (sequences: readonly { text: string }[]) => ((local += 1), embedded(sequences.map((one) => one.text))),
    close: async () => void (closed += 1),
  };
  const parts = {
    endpoint: new Endpoint({ url, model: "recall-studio/production", key: new Secret("a-key-of-the-endpoint") }),
    dimension: 128,
    probes: [{ prompt: "", vectors: await embedded([...PROBE_TEXTS]) }],
    openLocal: async () => runtime,
    onChange: (problem: Problem | null) => void seen.push(problem?.code ?? null),
    againMs: 40,
  };
  return { session: await EndpointSession.open(parts, runtime), seen, own: () => ({ local, closed }) };
};
const TEXTS = ["sort an array in place", "the kettle boils"].map((words) => ({ text: words }));

it("takes vectors of the endpoint when its probes agree, in order and of length 1", async () => {
  const { session, seen, own } = await open();
  mode = "busy once";
  const vectors = await session.run(TEXTS);
  const expected = await embedded(TEXTS.map((one) => one.text));
  vectors.forEach((vector, i) => {
    expect(dot(vector, at(expected, i))).toBeGreaterThan(0.99999);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });
  expect([session.remote, seen, own()]).toEqual([true, [null], { local: 0, closed: 1 }]);
  expect(requests.at(-1)).toMatchObject({
    headers: { authorization: "Bearer a-key-of-the-endpoint" },
    body: { model: "recall-studio/production", input: [expect.any(String), ...TEXTS.map((one) => one.text)] },
  });
  await session.close();
});

it.each([
  ["wrong model", "endpoint-differs"],
  ["refuses", "endpoint-refused"],
  ["nonsense", "endpoint-invalid"],
] as const)(
  "lets no vector in from an endpoint that turns to: %s; takes it back when it is right again",
  async (fault, code) => {
    const { session, seen, own } = await open();
    mode = fault;
    const expected = await embedded(TEXTS.map((one) => one.text));
    const vectors = await session.run(TEXTS);
    vectors.forEach((vector, i) => expect(dot(vector, at(expected, i))).toBeGreaterThan(0.99999));
    expect([session.remote, seen, own().local]).toEqual([false, [null, code], 1]);
    mode = "right";
    const deadline = Date.now() + 10_000;
    while (!session.remote && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await session.run(TEXTS);
    }
    expect(seen).toEqual([null, code, null]);
    await session.close();
  },
);

it("serves a whole studio, whose health says who embeds; strict refuses to start without it", async () => {
  const studio = await testStudio({ EMBEDDING_ENDPOINT: url });
  const { app, models, root } = studio;
  const check = async () => (await app.inject({ url: "/health" })).json<Health>().checks.endpoint;
  try {
    await ingest(app, [
      { id: "sort", text: "qsort sorts an array in place." },
      { id: "tea", text: "The kettle boils water for tea." },
    ]);
    const { body } = await search(app, { q: "boil water", k: "1" });
    expect(body.hits[0]?.documentId).toBe("tea");
    expect(requests.flatMap(({ body: { input } }) => input).some((words) => words.includes("Query:boil water"))).toBe(
      true,
    );
    expect(await check()).toMatchObject({ status: "ok" });
    mode = "wrong model";
    const [hit] = (await search(app, { q: "boil water", k: "1" })).body.hits;
    expect(hit?.score).toBeCloseTo(at(body.hits, 0).score, 5);
    expect(await check()).toMatchObject({ status: "degraded", message: expect.stringContaining("other vectors") });
    expect(studio.lines.some(({ event, code }) => event === "endpoint.unused" && code === "endpoint-differs")).toBe(
      true,
    );
    expect(models.current().identity.backend).toBe("onnxruntime");
  } finally {
    await studio.stop();
  }
  await expect(testStudio({ EMBEDDING_ENDPOINT: url, EMBEDDING_STRICT: "true" }, { root })).rejects.toMatchObject({
    code: "embedding-strict",
    message: expect.stringContaining("EMBEDDING_ENDPOINT"),
  });
  await studio.close();
}, 60_000);
