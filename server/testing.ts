/** Test support: a whole server on a temporary folder, and artifacts to send to it. Never imported by product code. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { apiPaths, type CommitResponse, type ModelVersion, type Upload } from "../src/domain/api/index.ts";
import { buildArtifact, type ArtifactInput, type FolderFile } from "../src/domain/artifact/index.ts";
import { sampleAdapter, sampleInput } from "../src/domain/artifact/sample.ts";
import type { MetricName, RetrievalEvaluation } from "../src/domain/evaluation/types.ts";
import { diskModel, tinyBase } from "../src/testing/modelFiles.ts";
import { buildApp } from "./app.ts";
import { loadConfig, type Config } from "./config.ts";
import { createServices, type Services } from "./context.ts";
import { pairedInterval } from "./registry/interval.ts";
import { hashFile } from "./registry/record.ts";
import { prepareOnnx } from "./serving/prepareOnnx.ts";
import { createLog } from "./telemetry/logs.ts";

export const TINY = "qwen3-embedding-tiny";

/** Log lines as objects, in memory. */
export const memoryLog = (): { log: Logger; lines: Record<string, unknown>[] } => {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = createLog({ logLevel: "debug", logPretty: false }, { write });
  return { log, lines };
};

/** A folder with the tiny base in `models/base/`, and nothing else. */
export const temporaryStudio = async (): Promise<{ root: string; remove: () => Promise<void> }> => {
  const root = await mkdtemp(join(tmpdir(), "studio-"));
  await mkdir(join(root, "models/base"), { recursive: true });
  await symlink(tinyBase, join(root, "models/base", TINY));
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
};

export interface TestServer {
  root: string;
  app: FastifyInstance;
  services: Services;
  lines: Record<string, unknown>[];
  close(): Promise<void>;
}

/**
 * A server in process; `adjust` changes the checked configuration (limits that no variable sets), `onnx` makes the
 * graphs at registration, which wants artifacts whose reference embeddings are true.
 */
export const testServer = async (
  environment: Record<string, string> = {},
  { root, adjust, onnx }: { root?: string; adjust?: (config: Config) => void; onnx?: boolean } = {},
): Promise<TestServer> => {
  const studio = root ? { root, remove: async () => {} } : await temporaryStudio();
  const config = loadConfig({ RATE_LIMIT_PER_MINUTE: "0", ...environment }, studio.root);
  config.pageDir = join(studio.root, "dist");
  adjust?.(config);
  const { log, lines } = memoryLog();
  const prepare = onnx ? [prepareOnnx(() => services, config.embedding.maxTokens)] : [];
  const services: Services = await createServices(config, { log, prepare });
  const app = await buildApp(services);
  const close = async () => {
    await app.close();
    await services.close();
    await studio.remove();
  };
  return { root: studio.root, app, services, lines, close };
};

/** A bare connection, for requests that no client would send. `answer` is all that came until it was closed. */
export const dial = async (
  app: FastifyInstance,
): Promise<{ socket: Socket; answer: Promise<string>; port: number }> => {
  if (!app.server.listening) await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  let text = "";
  const answer = new Promise<string>((resolve) => {
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    socket.on("close", () => resolve(text));
    socket.on("error", () => resolve(text));
  });
  return { socket, answer, port };
};

/** Servers of one test file, closed after each test. */
export const serverPool = () => {
  const open: TestServer[] = [];
  return {
    serve: async (...parts: Parameters<typeof testServer>): Promise<TestServer> => {
      const server = await testServer(...parts);
      open.push(server);
      return server;
    },
    closeAll: async (): Promise<void> => {
      for (const server of open.splice(0).reverse()) await server.close();
    },
  };
};

export const getJson = async <T>({ app }: TestServer, url: string): Promise<T> => (await app.inject({ url })).json<T>();

export const post = ({ app }: TestServer, url: string, payload: object = { by: "tester", reason: "test" }) =>
  app.inject({ method: "POST", url, payload });

export interface SampleOptions {
  /** Another number makes another model. */
  seed?: number;
  /** Score of each test query, for every metric. */
  baseline?: number[];
  tuned?: number[];
  split?: string;
  adjust?: (input: ArtifactInput) => void;
}

const scored = (evaluation: RetrievalEvaluation, values: number[], splitHash: string): RetrievalEvaluation => {
  const fill = (value: number) =>
    Object.fromEntries(
      Object.keys(evaluation.metrics).map((metric) => [metric, value]),
    ) as RetrievalEvaluation["metrics"];
  return {
    ...evaluation,
    splitHash,
    queries: values.length,
    metrics: fill(values.reduce((a, b) => a + b, 0) / values.length),
    perQuery: values.map((value, query) => ({ query, bestRank: 1, top: [], scores: [], metrics: fill(value) })),
  };
};

/** An artifact of the tiny base; by default the tuned model is better on every third of 60 queries. */
export const sampleArtifact = async ({
  seed = 1,
  baseline = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 1 : 0)),
  tuned = baseline.map((value, index) => (index % 3 === 1 ? 1 : value)),
  split = "split",
  adjust,
}: SampleOptions = {}): Promise<FolderFile[]> => {
  const base = { ...diskModel(tinyBase), id: TINY, revision: "bundled" };
  const adapter = await sampleAdapter(base, 2, 4);
  for (const values of adapter.tensors.values()) values[0] = seed / 1000;
  const input = await sampleInput(base, adapter);
  input.baseSha256 = await hashFile(join(tinyBase, "model.safetensors"));
  const splitHash = createHash("sha256").update(split).digest("hex");
  const { delta, interval } = pairedInterval(tuned, baseline, []);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  if (input.evaluation) {
    input.evaluation.baseline = scored(input.evaluation.baseline, baseline, splitHash);
    input.evaluation.tuned = scored(input.evaluation.tuned, tuned, splitHash);
    input.evaluation.components = baseline.map((_, index) => index);
    input.evaluation.comparisons = [
      {
        metric: "recall@10" as MetricName,
        baseline: mean(baseline),
        tuned: mean(tuned),
        delta,
        interval,
        pValue: 0.01,
        minimumDetectableEffect: 0.1,
        verdict: interval[0] > 0 ? "improved" : interval[1] < 0 ? "regressed" : "inconclusive",
      },
    ];
    input.split = { ...input.split, hash: splitHash };
  }
  adjust?.(input);
  return buildArtifact(input);
};

export const digestOf = (bytes: Uint8Array): string =>
  `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;

export const announce = async (app: FastifyInstance, files: { path: string; bytes: Uint8Array }[]): Promise<Upload> => {
  const payload = { by: "tester", files: files.map(({ path, bytes }) => ({ path, bytes: bytes.length })) };
  const response = await app.inject({ method: "POST", url: apiPaths.uploads, payload });
  if (response.statusCode !== 201) throw new Error(response.body);
  return response.json();
};

export const sendOne = (app: FastifyInstance, id: string, path: string, bytes: Uint8Array, digest = digestOf(bytes)) =>
  app.inject({
    method: "PUT",
    url: apiPaths.uploadFile(id, path),
    headers: { "content-type": "application/octet-stream", "content-digest": digest },
    payload: Buffer.from(bytes),
  });

/** Uploads and registers an artifact over HTTP. */
export const register = async (app: FastifyInstance, files: FolderFile[]): Promise<ModelVersion> => {
  const { id } = await announce(app, files);
  for (const { path, bytes } of files) {
    const sent = await sendOne(app, id, path, bytes);
    if (sent.statusCode !== 200) throw new Error(sent.body);
  }
  const response = await app.inject({ method: "POST", url: apiPaths.uploadCommit(id) });
  if (response.statusCode !== 201) throw new Error(response.body);
  return response.json<CommitResponse>().version;
};

export const promote = (app: FastifyInstance, version: string, body: Record<string, unknown> = {}) =>
  app.inject({ method: "POST", url: apiPaths.promote(version), payload: { by: "tester", reason: "test", ...body } });
