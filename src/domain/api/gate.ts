import { z } from "zod";
import { sha256Schema, versionSchema } from "./primitives.ts";

/** One condition of promotion. */
export const gateCheckSchema = z
  .object({
    /** `checksums`, `base`, `prompt`, `enough-queries`, `measured-on`, `no-regression-baseline`, `no-regression-production`, `keeps-what-it-knew`. */
    code: z.string(),
    /**
     * `not-applicable`: nothing to compare with, since no version is in production; does not block. `not-comparable`: what is in
     * production was scored on other queries; blocks until a typed reason overrules it, because nobody has seen which is better.
     * `not-measured`: the artifact has no such figure, as those of before; does not block.
     */
    outcome: z.enum(["passed", "failed", "not-applicable", "not-comparable", "not-measured"]),
    /** Whether a typed reason may overrule a failure. Damaged files cannot be overruled. */
    overridable: z.boolean(),
    message: z.string(),
    hint: z.string(),
    /** Numbers behind the outcome, where it has some. */
    evidence: z
      .object({
        metric: z.string(),
        reference: z.number(),
        candidate: z.number(),
        delta: z.number(),
        /** 95 % interval of the delta. */
        interval: z.tuple([z.number(), z.number()]),
        /** `paired`: from both models' results on the same queries. `independent`: from two intervals, wider. */
        method: z.enum(["paired", "independent"]),
      })
      .nullable(),
  })
  .meta({ id: "GateCheck" });
export type GateCheck = z.infer<typeof gateCheckSchema>;

/** The gate's answer for one candidate against what is in production now. */
export const gateReportSchema = z
  .object({
    version: versionSchema,
    /** What the candidate was compared with; null when nothing is in production. */
    production: versionSchema.nullable(),
    passed: z.boolean(),
    /** Whether a typed reason would be enough to promote all the same. */
    overridable: z.boolean(),
    checks: z.array(gateCheckSchema),
    /** SHA-256 over the checks and both model fingerprints; written into the event. */
    evidenceHash: sha256Schema,
  })
  .meta({ id: "GateReport" });
export type GateReport = z.infer<typeof gateReportSchema>;
