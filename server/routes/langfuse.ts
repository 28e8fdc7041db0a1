import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { trace } from "@opentelemetry/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { StudioError } from "../../src/domain/errors.ts";
import {
  type ExperimentReceipt,
  experimentReceiptSchema,
  experimentSchema,
  langfuseStatusSchema,
} from "../../src/domain/telemetry/experiment.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import { traceOf } from "../telemetry/experiments.ts";
import { isEntry } from "../telemetry/telemetry.ts";
import type { Studio } from "./container.ts";

const tags = ["Observability"];
/** A request as it comes, and unpacked. */
const MAX_BODY = 4 * 1024 * 1024;
const MAX_UNPACKED = 16 * 1024 * 1024;

/** `ExportTraceServiceRequest` and its response, in both encodings. */
const OTLP = { "application/json": z.looseObject({}), "application/x-protobuf": z.file() };

const unzip = promisify(gunzip);

const tooLarge = () =>
  new HttpProblem(413, {
    code: "body-too-large",
    message: "The trace request unpacks to more than 16 MB.",
    hint: "Send fewer spans at once.",
  });

const unpacked = async (body: Buffer, encoding: string | undefined): Promise<Buffer> => {
  if (!encoding || encoding === "identity") return body;
  if (encoding !== "gzip")
    throw new HttpProblem(415, {
      code: "encoding-refused",
      message: "The body's encoding is not known.",
      hint: "Send gzip, or no Content-Encoding.",
    });
  try {
    return await unzip(body, { maxOutputLength: MAX_UNPACKED });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new StudioError("otlp-unreadable", "The body is not valid gzip.", "Compress it again, or send it plain.");
  }
};

/** The page's way to Langfuse: spans and evaluations in, cleaned, queued and signed here. */
export const langfuseRoutes =
  ({ log, telemetry, langfuse }: Studio): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(async (traces) => {
      // OTLP bodies are read as bytes, also the JSON ones.
      traces.removeAllContentTypeParsers();
      traces.addContentTypeParser(
        ["application/json", "application/x-protobuf"],
        { parseAs: "buffer", bodyLimit: MAX_BODY },
        (_request, body, done) => done(null, body),
      );
      traces.post(
        "/api/langfuse/otel/v1/traces",
        {
          bodyLimit: MAX_BODY,
          config: { described: { body: OTLP, answers: { 200: OTLP } } },
          schema: {
            tags,
            operationId: "sendSpans",
            summary: "Spans of the page (OTLP, JSON or protobuf, gzip allowed)",
          },
        },
        async (request, reply) => {
          const type = request.headers["content-type"] ?? "";
          const body = await unpacked(
            (request.body as Buffer | undefined) ?? Buffer.alloc(0),
            request.headers["content-encoding"],
          );
          const { accepted, repaired, dropped } = await telemetry.accept(body, type);
          // The answer of OTLP: what was not taken is said, so that the sender does not send it again.
          const partial =
            dropped > 0 ? { rejectedSpans: String(dropped), errorMessage: "Malformed spans were dropped." } : {};
          reply.headers({ "x-spans-accepted": accepted, "x-spans-repaired": repaired, "x-spans-dropped": dropped });
          if (!type.includes("json")) return reply.type("application/x-protobuf").send(Buffer.alloc(0));
          return reply
            .type("application/json")
            .serializer(JSON.stringify)
            .send(dropped > 0 ? { partialSuccess: partial } : {});
        },
      );
    });

    app.get(
      "/api/langfuse/status",
      {
        schema: {
          tags,
          operationId: "getLangfuseStatus",
          summary: "Connection and queue",
          response: { 200: langfuseStatusSchema },
        },
      },
      async (_request, reply) => {
        reply.header("cache-control", "no-store");
        return telemetry.status();
      },
    );

    app.post(
      "/api/langfuse/experiments",
      {
        bodyLimit: 8 * 1024 * 1024,
        schema: {
          tags,
          operationId: "sendExperiment",
          summary: "An evaluation as Langfuse experiments: hashes and numbers only",
          body: experimentSchema,
          response: { 202: experimentReceiptSchema },
        },
      },
      async (request, reply) => {
        const experiment = request.body;
        const above = trace.getSpanContext(request.traceContext);
        const parent = above
          ? { traceId: above.traceId, spanId: above.spanId, foreign: isEntry(request.traceContext) }
          : null;
        const receipt: ExperimentReceipt = langfuse
          ? await langfuse.experiment(experiment, parent)
          : { connected: false, traceId: traceOf(experiment, parent), url: null };
        log.info(
          {
            event: "evaluation.received",
            correlation_id: request.id,
            model_fingerprint: experiment.model.fingerprint,
            dataset_hash: experiment.datasetHash,
            trace_id: receipt.traceId,
            split_hash: experiment.splitHash,
            verdict: experiment.verdict,
            queries: experiment.queries.length,
            baseline: experiment.baseline,
            tuned: experiment.tuned,
          },
          "evaluation received",
        );
        return reply.code(202).send(receipt);
      },
    );
  };
