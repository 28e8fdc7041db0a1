import { z } from "zod";
import { EXPORT_TYPES, FORMS } from "../export/types.ts";
import { instantSchema, optional, sha256Schema, versionSchema } from "./primitives.ts";

/** `POST /api/registry/versions/{version}/exports` */
export const exportRequestSchema = z.object({
  form: z.enum(FORMS),
  /** Type of the weights; without it the form's usual one. */
  dtype: optional(z.enum(EXPORT_TYPES)),
});
export type ExportRequest = z.input<typeof exportRequestSchema>;

/** Names a form of a version: `merged-bf16`. */
export const exportIdSchema = z.string().regex(/^[a-z0-9-]{1,40}$/, "must look like merged-bf16");

/** One form of a version: there, or being made. */
export const versionExportSchema = z
  .object({
    id: exportIdSchema,
    version: versionSchema,
    form: z.enum(FORMS),
    dtype: z.enum(EXPORT_TYPES),
    state: z.enum(["queued", "running", "ready", "failed"]),
    /** Bytes of the weights written so far; their number is 0 before it is known. */
    progress: z.object({ done: z.int().nonnegative(), total: z.int().nonnegative() }),
    /** Smallest cosine of the probe texts' vectors to the version's own; null before it is ready. */
    cosine: z.number().nullable(),
    createdAt: instantSchema,
    /** `org/name` of the hub protocol; the version's name is a revision of it. */
    repo: z.string(),
    /** 40 hex digits, the revision's commit; null before it is ready. */
    commit: z.string().nullable(),
    bytes: z.int().nonnegative(),
    files: z.array(z.object({ path: z.string(), bytes: z.int().nonnegative(), sha256: sha256Schema })),
    /** Why it failed, else null. */
    problem: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
  })
  .meta({ id: "VersionExport" });
export type VersionExport = z.infer<typeof versionExportSchema>;

/** `GET /api/registry/versions/{version}/exports` */
export const exportListSchema = z.object({ exports: z.array(versionExportSchema) });
