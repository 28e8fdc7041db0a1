import { z } from "zod";

/**
 * What every failed request carries: RFC 9457 problem details (`application/problem+json`), with the boundary form
 * {@link Problem} inside, so that `fromProblem(await response.json())` gives the error back.
 */
export const problemDetailsSchema = z
  .object({
    /** `https://recall-studio.invalid/problems/<code>`: a name, not a page. */
    type: z.string(),
    /** The HTTP status in words. */
    title: z.string(),
    status: z.int().min(400).max(599),
    /** The same sentence as `message`, under RFC 9457's name. */
    detail: z.string(),
    /** Stable, kebab-case. */
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    /** Found again in the server's log as `correlation_id`. */
    correlationId: z.string(),
    /** Which fields of the request were wrong. */
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    /** The failed gate, when a promotion was refused. */
    gate: z.unknown().optional(),
  })
  .meta({ id: "ProblemDetails" });
export type ProblemDetails = z.infer<typeof problemDetailsSchema>;
