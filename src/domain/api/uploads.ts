import { z } from "zod";
import { modelVersionSchema } from "./models.ts";
import { actorSchema, artifactPathSchema, instantSchema, optional, optionalOr, sha256Schema } from "./primitives.ts";

/** `POST /api/registry/uploads`: announces the files of an artifact folder. */
export const uploadRequestSchema = z.object({
  by: optionalOr(actorSchema, "studio"),
  /** Model fingerprint of the manifest: a model that is already registered needs no upload. */
  fingerprint: optional(sha256Schema),
  files: z
    .array(z.object({ path: artifactPathSchema, bytes: z.int().nonnegative() }))
    .min(1)
    .max(200),
});
export type UploadRequest = z.input<typeof uploadRequestSchema>;

/**
 * `POST /api/registry/uploads/{id}/commit`: 201 when registered, 200 when the same model was already there; 202 with the upload where an
 * import is measured first, which `GET /api/registry/uploads/{id}` then tells.
 */
export const commitResponseSchema = z.object({ created: z.boolean(), version: modelVersionSchema });
export type CommitResponse = z.infer<typeof commitResponseSchema>;

export const uploadSchema = z
  .object({
    id: z.uuid(),
    expiresAt: instantSchema,
    /** Announced files; `received` ones were written and their digest matched. */
    files: z.array(
      z.object({ path: z.string(), bytes: z.int(), received: z.boolean(), sha256: sha256Schema.nullable() }),
    ),
    /** The version that already holds this fingerprint: nothing needs to be sent. */
    existing: modelVersionSchema.nullable(),
    /** Of a commit that measures what it imports: how far it is, and how it ended; null where none was asked for. */
    measuring: z
      .object({
        /** Texts embedded, of those of base and tuned model together; null before the first. */
        progress: z.object({ done: z.int(), total: z.int() }).nullable(),
        result: commitResponseSchema.nullable(),
        problem: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
      })
      .nullable(),
  })
  .meta({ id: "Upload" });
export type Upload = z.infer<typeof uploadSchema>;

/** `PUT /api/registry/uploads/{id}/files/{path}` with `Content-Type: application/octet-stream`, `Content-Digest: sha-256=:BASE64:`. */
export const uploadedFileSchema = z.object({ path: z.string(), bytes: z.int(), sha256: sha256Schema });
export type UploadedFile = z.infer<typeof uploadedFileSchema>;
