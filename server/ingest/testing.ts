/** Test support: a whole studio with real models. Never imported by product code. */
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { retrievalPaths, type IngestJob, type SearchResponse } from "../../src/domain/api/index.ts";
import {
  memoryFolder,
  PROBE_TEXTS,
  readAdapter,
  type ArtifactInput,
  type FolderFile,
  type ReferenceEmbeddings,
} from "../../src/domain/artifact/index.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import { writeBaseOnnx, writeTunedOnnx } from "../../src/domain/onnx/index.ts";
import { diskModel, tinyBase } from "../../src/testing/modelFiles.ts";
import { loadPrompts } from "../../src/domain/text/prompts.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { buildApp } from "../app.ts";
import { loadConfig, type Config } from "../config.ts";
import { openStudio, type Studio, type StudioOptions } from "../services.ts";
import { openSession } from "../serving/onnxSession.ts";
import { memoryLog, sampleArtifact, type SampleOptions, temporaryStudio } from "../testing.ts";
import { emptyStore } from "../vectors/testing.ts";

export interface TestStudio extends Studio {
  app: FastifyInstance;
  root: string;
  lines: Record<string, unknown>[];
  close(): Promise<void>;
}

/** A studio in process over the tiny base, with its whole store. `root` opens an older one again. */
export const testStudio = async (
  environment: Record<string, string> = {},
  options: StudioOptions & { root?: string; adjust?: (config: Config) => void } = {},
): Promise<TestStudio> => {
  const { root: given, adjust, ...rest } = options;
  const folder = given ? { root: given, remove: async () => {} } : await temporaryStudio();
  if (!given) await emptyStore(join(folder.root, "data/vectors"));
  const config = loadConfig({ RATE_LIMIT_PER_MINUTE: "0", EMBEDDING_THREADS: "1", ...environment }, folder.root);
  config.pageDir = join(folder.root, "dist");
  adjust?.(config);
  const { log, lines } = memoryLog();
  const studio = await openStudio(config, { log, ...rest });
  const app = await buildApp(studio.services, studio.routes, studio.retrieval.telemetry);
  await app.ready();
  return {
    ...studio,
    app,
    root: folder.root,
    lines,
    close: async () => {
      await app.close();
      await studio.services.close();
      await folder.remove();
    },
  };
};

const TOPICS = [
  "qsort sorts an array in place with a comparison function.",
  "The kettle boils water for tea in the kitchen.",
  "A mutex protects shared data from concurrent threads.",
  "Invoices are paid within thirty days of receipt.",
  "The opcode table maps mnemonics to machine instructions.",
];
/** Short documents on five topics, with metadata to filter by. */
export const corpus = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => ({
    id: `doc-${from + i}`,
    title: `Title ${from + i}`,
    text: `${TOPICS[i % TOPICS.length]} Note number ${from + i}.`,
    metadata: { team: i % 2 ? "red" : "blue", year: 2020 + (i % 3), draft: i % 5 === 0 },
  }));

/** Waits for a job's end. */
export const jobEnd = async (app: FastifyInstance, id: string, milliseconds = 60_000): Promise<IngestJob> => {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const job = (await app.inject({ url: retrievalPaths.job(id) })).json<IngestJob>();
    if (!["queued", "running"].includes(job.state)) return job;
    if (Date.now() > deadline) throw new Error(`job ${id} is still ${job.state}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
};

export const ingest = async (app: FastifyInstance, documents: object[]): Promise<IngestJob> => {
  const response = await app.inject({ method: "POST", url: retrievalPaths.ingest, payload: { documents } });
  if (response.statusCode !== 202) throw new Error(`${response.statusCode} ${response.body}`);
  return jobEnd(app, response.json<{ job: IngestJob }>().job.id);
};

export const search = async (app: FastifyInstance, query: Record<string, string | string[]>) => {
  const response = await app.inject({ url: retrievalPaths.search, query });
  return { status: response.statusCode, body: response.json<SearchResponse & { code?: string }>() };
};

/**
 * An artifact whose reference embeddings are those of a single text at a time: batching and padding are then held against
 * it. `seed` gives another model. (The engine's own embeddings are compared in server/cli.)
 */
export const trueArtifact = async (
  seed = 1,
  scores: Pick<SampleOptions, "baseline" | "tuned"> = {},
): Promise<FolderFile[]> => {
  const strength = (input: ArtifactInput) => {
    for (const values of input.adapter.tensors.values()) values.forEach((value, i) => (values[i] = value * (1 + seed)));
  };
  const draft = await sampleArtifact({ seed, adjust: strength });
  const reference = await referenceOf(draft);
  return sampleArtifact({
    ...scores,
    seed,
    adjust: (input) => {
      strength(input);
      input.reference = { ...input.reference, tuned: reference };
    },
  });
};

const referenceOf = async (files: FolderFile[]): Promise<ReferenceEmbeddings["tuned"]> => {
  const base = diskModel(tinyBase);
  const config = await readModelConfig(base);
  const adapter = await readAdapter(memoryFolder(files), config);
  const prompts = await loadPrompts({ ...memoryFolder(files), id: "", revision: "", sha256: async () => null });
  const folder = await mkdtemp(join(tmpdir(), "artifact-"));
  try {
    await writeBaseOnnx(base, (path, bytes) => appendFile(join(folder, path), bytes));
    await rm(join(folder, "model.onnx"));
    await writeTunedOnnx(config, adapter, (path, bytes) => appendFile(join(folder, path), bytes));
    const tokenizer = await loadTokenizer(base);
    const session = await openSession(folder, { dimension: config.hidden, padToken: tokenizer.endToken });
    const embed = async (kind: "query" | "document") => {
      const rows: number[] = [];
      for (const text of PROBE_TEXTS)
        rows.push(...(await session.run([tokenizer.encode(prompts[kind], text, 2048)])).flatMap((row) => [...row]));
      return Float32Array.from(rows);
    };
    const reference = { query: await embed("query"), document: await embed("document") };
    await session.close();
    return reference;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
