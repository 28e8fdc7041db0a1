import { setTimeout as sleep } from "node:timers/promises";
import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ingestAnswerSchema, ingestJobListSchema, retrievalPaths } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { present } from "../../src/domain/present.ts";
import { jobView } from "../ingest/jobView.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import type { Job } from "../vectors/index.ts";
import type { Studio } from "./container.ts";

const tags = ["Ingestion"];
const params = z.object({ id: z.string().min(1).max(100) });
const LIST = 100;
/** How often a followed job is looked at, and how often a silent stream shows that it lives. */
const LOOK_MS = 300;
const BEAT_MS = 15_000;

/** Background work: list, follow, cancel, retry. */
export const jobRoutes =
  ({ jobs, runner, traceUrl }: Studio): FastifyPluginAsyncZod =>
  async (app) => {
    const stopping = new AbortController();
    // Streams of events would hold the server's end back.
    app.addHook("preClose", async () => stopping.abort());

    const found = async (id: string): Promise<Job> => {
      const job = await jobs.get(id);
      if (job && job.state !== "receiving") return job;
      throw new StudioError("not-found", "There is no such job.", "GET /api/ingest/jobs lists them.");
    };
    const view = (job: Job) => jobView(jobs, job, traceUrl);

    app.get(
      retrievalPaths.jobs,
      {
        schema: {
          tags,
          operationId: "listJobs",
          summary: "Jobs, newest first",
          response: { 200: ingestJobListSchema },
        },
      },
      async () => ({ jobs: await Promise.all((await jobs.list(LIST)).map(view)) }),
    );

    app.get(
      `${retrievalPaths.jobs}/:id`,
      {
        schema: {
          tags,
          operationId: "getJob",
          summary: "One job",
          params,
          response: { 200: ingestAnswerSchema.shape.job },
        },
      },
      async (request) => view(await found(request.params.id)),
    );

    app.get(
      `${retrievalPaths.jobs}/:id/events`,
      {
        config: { described: { answers: { 200: { "text/event-stream": z.string() } } } },
        schema: {
          tags,
          operationId: "followJob",
          summary: "A job's progress as server-sent events; each `job` event holds the whole job, the last one its end",
          params,
        },
      },
      async (request, reply) => {
        const { id } = await found(request.params.id);
        async function* events() {
          let sent = "";
          let at = Date.now();
          while (!stopping.signal.aborted) {
            const job = await jobs.get(id);
            if (!job) return;
            const data = JSON.stringify(await view(job));
            const ended = !["queued", "running"].includes(job.state);
            // The rate changes with the clock; only real progress is worth an event.
            const mark = `${job.state}/${job.done}/${job.unchanged}/${job.failed}/${job.chunks}/${job.chunksTotal}`;
            if (mark !== sent) {
              yield `event: job\ndata: ${data}\n\n`;
              sent = mark;
              at = Date.now();
            } else if (Date.now() - at > BEAT_MS) {
              yield ": still here\n\n";
              at = Date.now();
            }
            if (ended) return;
            await sleep(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => {});
          }
        }
        return reply
          .type("text/event-stream")
          .header("cache-control", "no-store")
          .header("x-accel-buffering", "no")
          .send(Readable.from(events()));
      },
    );

    app.post(
      `${retrievalPaths.jobs}/:id/cancel`,
      {
        schema: {
          tags,
          operationId: "cancelJob",
          summary: "Stop a job; what is stored stays",
          params,
          response: { 200: ingestAnswerSchema },
        },
      },
      async (request) => {
        const { id } = await found(request.params.id);
        const job = present(await jobs.cancel(id), "job");
        runner.drop(id);
        return { job: await view(job) };
      },
    );

    app.post(
      `${retrievalPaths.jobs}/:id/retry`,
      {
        schema: {
          tags,
          operationId: "retryJob",
          summary: "Try failed documents again, or what a cancelled job left",
          params,
          response: { 202: ingestAnswerSchema },
        },
      },
      async (request, reply) => {
        const job = await found(request.params.id);
        if (!(await jobs.retryable(job)))
          throw new HttpProblem(409, {
            code: "nothing-to-retry",
            message: "The job has nothing to try again.",
            hint: "A job can be retried when it has ended and left documents behind. Files that could not be read must be sent again.",
          });
        const again = present(await jobs.retry(job.id), "job");
        runner.wake();
        return reply.code(202).send({ job: await view(again) });
      },
    );
  };
