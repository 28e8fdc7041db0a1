import multipart from "@fastify/multipart";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Readable } from "node:stream";
import { z } from "zod";
import {
  ingestAnswerSchema,
  ingestRequestSchema,
  metadataInputSchema,
  retrievalPaths,
  type Metadata,
} from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { IngestRequest, shownName } from "../ingest/ingestRequest.ts";
import { INTAKE_LIMITS } from "../ingest/limits.ts";
import { ndjsonDocuments } from "../ingest/ndjson.ts";
import { invalidFields } from "../lib/invalidFields.ts";
import { activeTraceparent } from "../telemetry/active.ts";
import { jobView } from "../ingest/jobView.ts";
import { describeSelection } from "../serving/selection.ts";
import { noModel } from "../serving/catalog.ts";
import type { Studio } from "./container.ts";

/** The three forms of a request, as `/docs` describes them; each is read by its own reader. */
const FORMS = {
  "application/json": ingestRequestSchema,
  "application/x-ndjson": z.string().describe("One document a line, each as in the JSON form."),
  "multipart/form-data": z.object({
    metadata: z.string().optional().describe("JSON for all the files after it."),
    files: z.array(z.file()),
  }),
};

/** Documents in: JSON, a stream of NDJSON lines, or files. The answer is a job. */
export const ingestRoutes =
  ({ serving, log, jobs, text, runner, traceUrl }: Studio): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(multipart, {
      throwFileSizeLimit: false,
      limits: { fileSize: INTAKE_LIMITS.fileBytes, files: INTAKE_LIMITS.files, fields: 10, fieldSize: 64 * 1024 },
    });
    app.addContentTypeParser("application/x-ndjson", (_request, payload, done) => done(null, payload));

    const fill = async (taken: IngestRequest, request: FastifyRequest): Promise<void> => {
      const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
      if (type === "multipart/form-data") return fillFromFiles(taken, request);
      if (type === "application/x-ndjson") {
        for await (const document of ndjsonDocuments(request.body as Readable)) await taken.add(document);
        return;
      }
      if (type !== "application/json")
        throw new StudioError(
          "media-type-refused",
          "Documents come as application/json, application/x-ndjson or multipart/form-data.",
          "Set the Content-Type header.",
        );
      const parsed = ingestRequestSchema.safeParse(request.body);
      if (!parsed.success)
        throw new StudioError(
          "documents-invalid",
          `The request cannot be taken. ${invalidFields(parsed.error, "the body")}`,
          "Correct what is named and send everything again: nothing was taken. The form is {documents: [{text, id?, title?, source?, metadata?}]}, at most 1,000 documents.",
        );
      for (const document of parsed.data.documents) await taken.add(document);
    };

    app.post(
      retrievalPaths.ingest,
      {
        bodyLimit: INTAKE_LIMITS.jsonBytes,
        config: { longBody: "paced", described: { body: FORMS } },
        schema: {
          tags: ["Ingestion"],
          operationId: "ingestDocuments",
          summary: "Store and embed documents",
          description:
            "`application/json`: `{documents: [{text, id?, title?, source?, metadata?}]}`. `application/x-ndjson`: one document a line. `multipart/form-data`: parts `files` (.txt .md .html .pdf .docx), an optional part `metadata` as JSON before them. A text that is stored already under the same id is not embedded again.",
          response: { 202: ingestAnswerSchema },
        },
      },
      async (request, reply) => {
        const selection = serving.current();
        const { fingerprint } = describeSelection(selection);
        if (!fingerprint) throw noModel();
        const taken = await IngestRequest.begin(jobs, text, {
          correlationId: request.id,
          traceparent: activeTraceparent(),
          collectionId: fingerprint,
        });
        try {
          await fill(taken, request);
        } catch (thrown) {
          await taken.discard();
          if (reply.sent) return reply; // Given up for its pace: the body broke off because of that.
          throw named(thrown);
        }
        const job = await taken.submit();
        runner.wake();
        log.info(
          {
            event: "ingest.queued",
            job: job.id,
            documents: job.total,
            model_fingerprint: fingerprint,
            dataset_hash: selection.tuned?.datasetHash ?? null,
            correlation_id: request.id,
          },
          "ingestion queued",
        );
        return reply.code(202).send({ job: await jobView(jobs, job, traceUrl) });
      },
    );
  };

const fillFromFiles = async (taken: IngestRequest, request: FastifyRequest): Promise<void> => {
  let metadata: Metadata = {};
  for await (const part of wellFormed(request.parts())) {
    if (part.type === "field") {
      if (part.fieldname === "metadata") metadata = parseMetadata(String(part.value));
      continue;
    }
    const pieces: Buffer[] = [];
    for await (const piece of wellFormed<Buffer>(part.file)) pieces.push(piece);
    if (part.file.truncated) {
      await taken.fail(
        shownName(part.filename),
        new StudioError("file-too-large", "The file is larger than 25 MB.", "Split it, or send its text as JSON."),
      );
      continue;
    }
    await taken.addFile(new Uint8Array(Buffer.concat(pieces)), part.filename, metadata);
  }
};

/** What the multipart reader says of a body that it cannot read is no failure of this server. */
async function* wellFormed<T>(pieces: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pieces;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== undefined) throw thrown;
    throw new StudioError("multipart-malformed", "The form breaks off or is not well formed.", "Send it again.", {
      cause: thrown,
    });
  }
}

/** @throws StudioError `metadata-invalid` naming the field */
const parseMetadata = (text: string): Metadata => {
  const refuse = (what: string) =>
    new StudioError("metadata-invalid", `The part metadata ${what}`, 'Send for example {"team": "search"}.');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refuse("is not JSON.");
  }
  const parsed = metadataInputSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw refuse(`cannot be taken. ${invalidFields(parsed.error, "the part")}`);
};

/** The multipart reader's own errors, in our form. */
const named = (thrown: unknown): unknown => {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code === "FST_FILES_LIMIT")
    return new StudioError(
      "too-many-files",
      `An upload may hold ${INTAKE_LIMITS.files} files.`,
      "Send the rest apart.",
    );
  if (code === "FST_REQ_FILE_TOO_LARGE")
    return new StudioError("file-too-large", "A file is larger than 25 MB.", "Split it, or send its text as JSON.");
  return thrown;
};
