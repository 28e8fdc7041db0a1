import { z } from "zod";

/** Where questions are written through the server: `${generationPaths.api}` takes the place of an endpoint's address. */
export const generationPaths = {
  api: "/api/generation/v1",
  completions: "/api/generation/v1/chat/completions",
} as const;

const tokens = z.int().min(1).max(8192).optional();

/**
 * `POST /api/generation/v1/chat/completions`: a chat API's request, without all that a list of questions does not need; there are
 * no tools in it. Any `model` is answered by the server's own.
 */
export const completionRequestSchema = z
  .strictObject({
    model: z.string().max(500).optional(),
    messages: z
      .array(z.strictObject({ role: z.enum(["system", "user"]), content: z.string().min(1).max(100_000) }))
      .min(1)
      .max(4),
    /** Server-sent events as the endpoint sends them, in place of one JSON object. */
    stream: z.boolean().default(false),
    max_tokens: tokens,
    max_completion_tokens: tokens,
    temperature: z.number().min(0).max(2).optional(),
    seed: z.int().min(0).optional(),
    response_format: z
      .strictObject({
        type: z.enum(["json_schema", "json_object"]),
        json_schema: z
          .strictObject({ name: z.string().max(64), strict: z.boolean(), schema: z.record(z.string(), z.unknown()) })
          .optional(),
      })
      .optional(),
  })
  .meta({ id: "CompletionRequest" });

/** The endpoint's answer, passed on as it is. */
export const completionSchema = z.looseObject({ choices: z.array(z.looseObject({})) }).meta({ id: "Completion" });
