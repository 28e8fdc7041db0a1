import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { retrievalPaths, type IngestJob, type SearchResponse } from "../domain/api/index.ts";
import { ATTRIBUTE } from "../domain/telemetry/attributes.ts";
import { tracedIngest, tracedSearch } from "../app/search/trace.ts";
import { retrievalClient } from "./retrievalClient.ts";
import { createTracer, TRACES_ENDPOINT } from "./telemetry.ts";

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  status: { code: number };
  attributes: { key: string; value: Record<string, unknown> }[];
}

const SECRET = "zanzibar wombat";
const FINGERPRINT = "ab".repeat(32);
const embedder = { base: "tiny", version: "v3-00000000", fingerprint: FINGERPRINT, dimension: 128, fallback: null };
const hit = { rank: 1, score: 0.5, documentId: "d", chunkId: "d#0", chunk: 0, title: null, source: null, text: SECRET };
const answer = (model: string): SearchResponse => ({
  mode: "dense",
  modeReason: "Asked for.",
  reranked: false,
  rerankReason: "Not asked for.",
  embedder: { ...embedder, model: model },
  chunks: 1,
  exact: true,
  search_id: null,
  seconds: { embed: 0.1, search: 0.1, rerank: 0, total: 0.2 },
  hits: [{ ...hit, dense: { rank: 1, score: 0.5 }, keyword: null, rerank: null, metadata: {} }],
  traceUrl: null,
  correlationId: "c",
});
const job: IngestJob = {
  id: "job-1",
  kind: "ingest",
  state: "succeeded",
  createdAt: "2026-01-01T00:00:00.000Z",
  finishedAt: "2026-01-01T00:00:01.000Z",
  label: SECRET,
  documents: { total: 2, done: 2, unchanged: 0, failed: 0 },
  chunks: { total: 5, done: 5 },
  chunksPerSecond: 5,
  etaSeconds: null,
  fingerprint: FINGERPRINT,
  failures: [],
  warnings: [],
  problem: null,
  retryable: false,
  traceUrl: null,
};

/** The studio's server as the page sees it: answers, and takes spans. */
let server: Server;
let spans: Span[];
let bodies: string;
let asked: { path: string; traceparent: IncomingMessage["headers"][string] }[];
beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const { pathname: path, searchParams } = new URL(request.url!, "http://studio");
      const json = (status: number, value: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      if (path === TRACES_ENDPOINT) {
        bodies += body;
        const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
        spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
        return json(200, {});
      }
      asked.push({ path, traceparent: request.headers.traceparent });
      if (path === retrievalPaths.ingest) return json(202, { job });
      const model = searchParams.get("model")!;
      if (model !== "baseline") return json(200, answer(model));
      const problem = { code: "collection-missing", message: `No ${SECRET}.`, hint: "Build it." };
      json(409, { type: "p", title: "Conflict", status: 409, detail: "", ...problem, correlationId: "c" });
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const real = fetch;
  vi.stubGlobal("sessionStorage", { getItem: () => null }); // no token
  // A page's addresses are relative to its own.
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => real(`http://127.0.0.1:${port}${path}`, init));
});
beforeEach(() => {
  spans = [];
  asked = [];
  bodies = "";
});
afterAll(() => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  server.close();
});

const { signal } = new AbortController();
const facts = ({ attributes }: Span) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
const all = async (events: AsyncIterable<unknown>) => {
  for await (const _ of events);
};

it("a search is one span over the requests to every model, and a refused one leaves its code as a warning", async () => {
  const tracer = createTracer();
  const request = { q: SECRET, k: 3, mode: null, rerank: null, dimension: null, filter: [`team:${SECRET}`] };
  await all(tracedSearch(request, ["production"], retrievalClient, null, tracer, Date.now, signal));
  await all(tracedSearch(request, ["baseline", "production"], retrievalClient, null, tracer, Date.now, signal));
  await tracer.flush();
  const [one, both] = spans as [Span, Span];
  expect(asked.map(({ traceparent }) => traceparent)).toEqual(
    [one, both, both].map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
  );
  expect(facts(one)).toMatchObject({
    [ATTRIBUTE.observationType]: "span",
    [ATTRIBUTE.modelName]: "tiny",
    [ATTRIBUTE.modelFingerprint]: FINGERPRINT,
    [ATTRIBUTE.version]: "v3-00000000",
    [ATTRIBUTE.k]: 3,
    [ATTRIBUTE.results]: 1,
    [ATTRIBUTE.latencyMs]: expect.any(Number),
  });
  expect(both).toMatchObject({ name: "retrieval.search", status: { code: 0 } });
  expect(facts(both)).toMatchObject({
    [ATTRIBUTE.results]: 1,
    [ATTRIBUTE.errorCode]: "collection-missing",
    [ATTRIBUTE.level]: "WARNING",
  });
  expect(bodies).not.toContain(SECRET);
});

it("an ingestion is a span that knows its job", async () => {
  const tracer = createTracer();
  await all(tracedIngest({ documents: [{ text: SECRET }, { text: "b" }] }, retrievalClient, tracer, signal));
  await tracer.flush();
  const [span] = spans as [Span];
  expect(asked).toEqual([{ path: retrievalPaths.ingest, traceparent: `00-${span.traceId}-${span.spanId}-01` }]);
  expect(facts(span)).toMatchObject({
    [ATTRIBUTE.observationType]: "span",
    [ATTRIBUTE.documents]: 2,
    [ATTRIBUTE.chunks]: 5,
    [ATTRIBUTE.jobId]: "job-1",
    [ATTRIBUTE.modelFingerprint]: FINGERPRINT,
    [ATTRIBUTE.latencyMs]: expect.any(Number),
  });
  expect(bodies).not.toContain(SECRET);
});
