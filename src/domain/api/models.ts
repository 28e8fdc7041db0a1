import { z } from "zod";
import { MEASURED_ON } from "../dataset/origin.ts";
import { registryEventSchema } from "./events.ts";
import { gateReportSchema } from "./gate.ts";
import {
  actorSchema,
  instantSchema,
  optional,
  optionalOr,
  reasonSchema,
  sha256Schema,
  versionSchema,
} from "./primitives.ts";

/** The score a version is judged by: recall@10 on its test split. Null when the manifest holds no evaluation. */
export const headlineSchema = z.object({
  metric: z.string(),
  baseline: z.number(),
  tuned: z.number(),
  delta: z.number(),
  interval: z.tuple([z.number(), z.number()]),
  verdict: z.enum(["improved", "inconclusive", "regressed"]),
  queries: z.int().nonnegative(),
  /** Absent where the test's questions are people's own. */
  measuredOn: z.enum(MEASURED_ON).optional(),
});
export type Headline = z.infer<typeof headlineSchema>;

/** A registered version as lists show it. */
export const modelVersionSchema = z
  .object({
    version: versionSchema,
    name: z.string(),
    /** SHA-256 over base, adapter, tokenizer and prompt: which model made a vector. */
    fingerprint: sha256Schema,
    /** `previous` is what a rollback returns to. `damaged`: a file on disk is missing or altered. */
    state: z.enum(["production", "previous", "candidate", "archived", "damaged"]),
    registeredAt: instantSchema,
    /** 40 hex digits: the revision of the hub protocol. */
    commit: z.string(),
    /** `org/name` of the hub protocol. */
    repo: z.string(),
    base: z.object({ id: z.string(), revision: z.string(), sha256: z.string() }),
    /** Absent where the studio trained it. */
    origin: z.literal("imported").optional(),
    /** Null when it was trained elsewhere. */
    dataset: z.object({ name: z.string(), fingerprint: z.string(), rows: z.int() }).nullable(),
    splitHash: z.string().nullable(),
    headline: headlineSchema.nullable(),
    bytes: z.int().nonnegative(),
    files: z.int().nonnegative(),
    /** Why it is damaged, else null. */
    problem: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
  })
  .meta({ id: "ModelVersion" });
export type ModelVersion = z.infer<typeof modelVersionSchema>;

/** `GET /api/registry/versions` */
export const modelListSchema = z.object({
  production: versionSchema.nullable(),
  previous: versionSchema.nullable(),
  /** Newest first; archived ones too. */
  versions: z.array(modelVersionSchema),
});
export type ModelList = z.infer<typeof modelListSchema>;

/** `GET /api/registry/versions/{version}` */
export const modelDetailSchema = modelVersionSchema
  .extend({
    /** manifest.json as uploaded and verified. */
    manifest: z.record(z.string(), z.unknown()),
    /** README.md, Markdown. Render it as untrusted text. */
    card: z.string(),
    fileList: z.array(z.object({ path: z.string(), bytes: z.int().nonnegative(), sha256: sha256Schema })),
    /** Newest first. */
    events: z.array(registryEventSchema),
  })
  .meta({ id: "ModelDetail" });
export type ModelDetail = z.infer<typeof modelDetailSchema>;

/** `GET /api/registry/production?at=` */
export const productionQuerySchema = z.object({ at: instantSchema.optional() });
export const productionSchema = z.object({
  at: instantSchema,
  /** Null: the base served. */
  version: versionSchema.nullable(),
  fingerprint: sha256Schema.nullable(),
  since: instantSchema.nullable(),
  event: registryEventSchema.nullable(),
});
export type Production = z.infer<typeof productionSchema>;

/** `POST /api/registry/versions/{version}/promote` */
export const promoteRequestSchema = z.object({
  by: optionalOr(actorSchema, "studio"),
  /** Why this version; required also when the gate passes. */
  reason: reasonSchema,
  /** Promote although checks failed; the reason must say why. */
  override: optionalOr(z.boolean(), false),
  /** `evidenceHash` of the gate the person saw; refused with 409 when the evidence has changed since. */
  evidenceHash: optional(sha256Schema),
});
export type PromoteRequest = z.input<typeof promoteRequestSchema>;

/** `POST /api/registry/rollback`, `…/archive`, `…/restore`, `DELETE …/versions/{version}` */
export const changeRequestSchema = z.object({ by: optionalOr(actorSchema, "studio"), reason: reasonSchema });
export type ChangeRequest = z.input<typeof changeRequestSchema>;

/** Answer of every change. */
export const changeResponseSchema = z.object({
  event: registryEventSchema,
  production: versionSchema.nullable(),
  previous: versionSchema.nullable(),
  gate: gateReportSchema.nullable(),
});
export type ChangeResponse = z.infer<typeof changeResponseSchema>;
