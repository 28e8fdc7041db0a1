import { z } from "zod";
import { feedbackStateSchema } from "./feedback.ts";
import { sha256Schema, versionSchema } from "./primitives.ts";

/** Which model embeds, and why. */
export const servingChoiceSchema = z
  .object({
    /** `none`: no base is on this server, so nothing can embed. */
    mode: z.enum(["tuned", "baseline", "none"]),
    /** Id of the base, `Qwen/Qwen3-Embedding-0.6B`. */
    base: z.string(),
    version: versionSchema.nullable(),
    fingerprint: sha256Schema.nullable(),
    /** Why the baseline serves although a tuned model was asked for; null when all is as configured. */
    fallback: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
  })
  .meta({ id: "ServingChoice" });
export type ServingChoice = z.infer<typeof servingChoiceSchema>;

export const healthCheckSchema = z.object({
  status: z.enum(["ok", "degraded", "failed"]),
  message: z.string(),
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** `GET /health`: 200 when ok or degraded, 503 when failed. `status` is the worst of the checks. */
export const healthSchema = z
  .object({
    status: z.enum(["ok", "degraded", "failed"]),
    version: z.string(),
    uptimeSeconds: z.number(),
    /** Whether writes want `Authorization: Bearer`. */
    tokenRequired: z.boolean(),
    serving: servingChoiceSchema,
    /** Weights of what embeds: F32, or 8 bits. */
    embedding: z.object({ dtype: z.enum(["f32", "q8"]) }).default({ dtype: "f32" }),
    /** The language model that writes questions about documents; null where none is configured. */
    generation: z.object({ model: z.string() }).nullable().default(null),
    /** What reranks searches, how many passages of each, and whether it does unasked; null where none is configured. */
    rerank: z.object({ model: z.string(), top: z.int(), byDefault: z.boolean() }).nullable().default(null),
    feedback: feedbackStateSchema,
    checks: z.record(z.string(), healthCheckSchema),
  })
  .meta({ id: "Health" });
export type Health = z.infer<typeof healthSchema>;

/** `GET /ready`: 200 when requests may be sent here, else 503. */
export const readySchema = z.object({ ready: z.boolean(), waitingFor: z.array(z.string()) });
