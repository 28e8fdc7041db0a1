import type { FastifyInstance } from "fastify";
import { retrievalPaths, type IngestJob, type SearchResponse } from "../../src/domain/api/index.ts";

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
