import type { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  artifactPathSchema,
  commitResponseSchema,
  uploadedFileSchema,
  uploadRequestSchema,
  uploadSchema,
  type Upload,
} from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { parseContentDigest } from "../http/contentDigest.ts";
import type { PendingUpload } from "../registry/uploads.ts";
import { viewOf } from "../registry/views.ts";
import type { Core } from "./container.ts";
import { MeasuredCommits } from "./measuredCommits.ts";

const tags = ["Uploads"];
const params = z.object({ id: z.uuid() });
const digestHeader = z.object({ "content-digest": z.string().describe("sha-256=:BASE64: of the file (RFC 9530)") });
const ROOT = "/api/registry/uploads";

/** Artifacts on their way in: announce, send each file, commit. */
export const uploadRoutes =
  ({ registry, metrics, serving, log }: Core): FastifyPluginAsyncZod =>
  async (app) => {
    // Files stream through; nothing else in this scope reads bodies of this type.
    app.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));

    const sweep = setInterval(
      () =>
        void registry.uploads
          .sweep()
          .then((count) => count && log.info({ event: "uploads.swept", count }, "removed abandoned uploads")),
      600_000,
    );
    sweep.unref();
    app.addHook("onClose", async () => {
      clearInterval(sweep);
      registry.uploads.stop();
    });

    const measured = new MeasuredCommits();
    const view = (upload: PendingUpload, existing: Upload["existing"] = null): Upload => ({
      id: upload.id,
      expiresAt: upload.expiresAt.toISOString(),
      files: [...upload.files].map(([path, { bytes, sha256 }]) => ({ path, bytes, sha256, received: sha256 !== null })),
      existing,
      measuring: measured.of(upload),
    });
    const commit = async (id: string, by: string, correlationId: string) => {
      try {
        const { created, stored } = await registry.commit(id, { by, reason: "Uploaded.", correlationId });
        metrics.uploads.inc({ outcome: created ? "registered" : "known" });
        await serving.refresh();
        return { created, version: viewOf(registry, stored) };
      } catch (thrown) {
        metrics.uploads.inc({ outcome: "refused" });
        throw thrown;
      }
    };

    app.post(
      ROOT,
      {
        bodyLimit: 128 * 1024,
        schema: {
          tags,
          operationId: "createUpload",
          summary: "Announce an artifact's files",
          body: uploadRequestSchema,
          response: { 201: uploadSchema },
        },
      },
      async ({ body }, reply) => {
        const upload = await registry.uploads.create(body.by, body.files);
        const known = body.fingerprint ? registry.byFingerprint(body.fingerprint) : null;
        return reply.code(201).send(view(upload, known && viewOf(registry, known)));
      },
    );

    app.get(
      `${ROOT}/:id`,
      {
        schema: {
          tags,
          operationId: "getUpload",
          summary: "Which files have arrived",
          params,
          response: { 200: uploadSchema },
        },
      },
      async ({ params: { id } }) => measured.ended(id) ?? view(registry.uploads.get(id)),
    );

    app.put(
      `${ROOT}/:id/files/*`,
      {
        config: {
          longBody: "itself",
          described: { headers: digestHeader, body: { "application/octet-stream": z.file() } },
        },
        schema: {
          tags,
          operationId: "sendUploadFile",
          summary: "Send one file as application/octet-stream, with Content-Digest (RFC 9530, sha-256)",
          params: params.extend({ "*": artifactPathSchema }),
          response: { 200: uploadedFileSchema },
        },
      },
      async (request) => {
        const { id, "*": path } = request.params;
        const sha256 = parseContentDigest(request.headers["content-digest"] as string | undefined);
        if (request.headers["content-type"] !== "application/octet-stream")
          throw new StudioError(
            "media-type-refused",
            "A file is sent as application/octet-stream.",
            "Set the Content-Type header.",
          );
        return registry.uploads.receive(id, path, request.body as Readable, sha256);
      },
    );

    app.post(
      `${ROOT}/:id/commit`,
      {
        schema: {
          tags,
          operationId: "commitUpload",
          summary: "Verify everything and register the version",
          params,
          response: { 200: commitResponseSchema, 201: commitResponseSchema, 202: uploadSchema },
        },
      },
      async ({ params: { id }, id: correlationId }, reply) => {
        const upload = registry.uploads.get(id);
        if (MeasuredCommits.wants(upload)) {
          measured.begin(upload, { view, commit: () => commit(id, upload.by, correlationId), log, correlationId });
          return reply.code(202).send(view(upload));
        }
        const { created, version } = await commit(id, upload.by, correlationId);
        return reply.code(created ? 201 : 200).send({ created, version });
      },
    );

    app.delete(
      `${ROOT}/:id`,
      {
        schema: { tags, operationId: "cancelUpload", summary: "Cancel an upload", params, response: { 204: z.null() } },
      },
      async ({ params: { id } }, reply) => {
        registry.uploads.get(id);
        await registry.uploads.abandon(id);
        return reply.code(204).send(null);
      },
    );
  };
