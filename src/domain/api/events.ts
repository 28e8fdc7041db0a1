import { z } from "zod";
import { actorSchema, instantSchema, reasonSchema, sha256Schema, versionSchema } from "./primitives.ts";

/** One line of the registry's append-only log. */
export const registryEventSchema = z
  .object({
    /** 1, 2, 3 … without gaps. */
    seq: z.int().positive(),
    at: instantSchema,
    type: z.enum(["registered", "promoted", "rolled-back", "archived", "restored", "deleted"]),
    version: versionSchema,
    fingerprint: sha256Schema,
    /** In production before and after, for `promoted` and `rolled-back`. */
    from: versionSchema.nullable(),
    to: versionSchema.nullable(),
    by: actorSchema,
    reason: reasonSchema,
    /** Codes of the failed checks that the reason overruled. */
    overridden: z.array(z.string()),
    evidenceHash: sha256Schema.nullable(),
    datasetFingerprint: sha256Schema.nullable(),
    correlationId: z.string(),
    /** SHA-256 over the previous line's hash and this line: an altered log does not open. */
    hash: sha256Schema,
  })
  .meta({ id: "RegistryEvent" });
export type RegistryEvent = z.infer<typeof registryEventSchema>;

/** `GET /api/registry/events`, newest first. */
export const eventListSchema = z.object({
  events: z.array(registryEventSchema),
  /** Pass as `before` for the next page; null at the end. */
  next: z.int().nullable(),
});
export type EventList = z.infer<typeof eventListSchema>;

export const eventQuerySchema = z.object({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  version: versionSchema.optional(),
});
