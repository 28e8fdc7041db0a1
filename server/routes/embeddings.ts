import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { whenGone } from "../http/gone.ts";
import { sha256 } from "../lib/hash.ts";
import { shortened, wantedDimension } from "../serving/dimension.ts";
import { modelAttributes, modelFields, usageAttributes } from "../serving/facts.ts";
import type { Studio } from "./container.ts";
import { openaiErrors } from "./openaiErrors.ts";

const tags = ["Embeddings"];
const MAX_TEXTS = 2048;

/** OpenAI's form, with `input_type` (as other providers have it) for the prompt. */
const requestSchema = z.object({
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(MAX_TEXTS)]),
  model: z.string().min(1).max(200).default("production"),
  dimensions: z.int().min(1).max(16_384).optional(),
  encoding_format: z.enum(["float", "base64"]).default("float"),
  /** `query` puts the model's query prompt in front; documents are embedded as they are. */
  input_type: z.enum(["query", "document"]).default("document"),
  /** Known to traces by its hash alone. */
  user: z.string().max(1000).optional(),
});

const answerSchema = z.object({
  object: z.literal("list"),
  data: z.array(
    z.object({
      object: z.literal("embedding"),
      index: z.int(),
      /** Numbers, or their little-endian F32 bytes in base64. */
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  model: z.string(),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
});

const modelSchema = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
  fingerprint: z.string(),
});

/** `POST /v1/embeddings` and `GET /v1/models`, for every client that speaks OpenAI's API. */
export const embeddingRoutes =
  ({ registry, serving, models, telemetry }: Studio): FastifyPluginAsyncZod =>
  async (app) => {
    app.setErrorHandler(openaiErrors);

    app.post(
      "/v1/embeddings",
      {
        bodyLimit: 8 * 1024 * 1024,
        config: { access: "read" },
        schema: {
          tags,
          summary: "Embed texts (OpenAI's form)",
          body: requestSchema,
          response: { 200: answerSchema },
        },
      },
      (request, reply) => {
        const { input, model, dimensions, encoding_format: format, input_type: kind, user } = request.body;
        const texts = typeof input === "string" ? [input] : input;
        const signal = whenGone(reply);
        return telemetry.span(
          "embeddings.create",
          {
            [ATTRIBUTE.observationType]: "embedding",
            [ATTRIBUTE.texts]: texts.length,
            [ATTRIBUTE.correlationId]: request.id,
            [ATTRIBUTE.userId]: user ? sha256(user) : undefined,
          },
          async (span) => {
            const source = await models.named(model);
            const lease = await models.acquire(source);
            try {
              const { identity } = lease.embedder;
              const fallback = model === "production" ? models.current().fallback : null;
              span.setAttributes(modelAttributes(identity, fallback));
              span.setAttribute(ATTRIBUTE.promptHash, identity.promptHash[kind]);
              const dimension = wantedDimension(dimensions, identity);
              span.setAttribute(ATTRIBUTE.dimension, dimension);
              const { vectors, tokens } = await lease.embedder.embed(texts, kind, {
                lane: "interactive",
                signal,
              });
              span.setAttributes(usageAttributes(tokens));
              telemetry.text(span, { input: () => JSON.stringify(texts) });
              request.log.info(
                {
                  event: "embeddings.create",
                  ...modelFields(identity),
                  fallback_reason: fallback?.code ?? null,
                  texts: texts.length,
                  tokens,
                },
                "texts embedded",
              );
              // Numbers by the hundred thousand need no second check.
              reply
                .header("x-model-fingerprint", identity.fingerprint)
                .type("application/json")
                .serializer(JSON.stringify);
              return {
                object: "list" as const,
                data: vectors.map((vector, index) => ({
                  object: "embedding" as const,
                  index,
                  embedding: encode(shortened(vector, dimension), format),
                })),
                model: identity.version ?? identity.baseId,
                usage: { prompt_tokens: tokens, total_tokens: tokens },
              };
            } finally {
              lease.release();
            }
          },
        );
      },
    );

    app.get(
      "/v1/models",
      {
        schema: {
          tags,
          summary: "Models that can embed",
          response: { 200: z.object({ object: z.literal("list"), data: z.array(modelSchema) }) },
        },
      },
      async () => {
        const entry = (id: string, fingerprint: string, created = 0) => ({
          id,
          object: "model" as const,
          created,
          owned_by: "recall-studio",
          fingerprint,
        });
        const { base } = serving.current();
        const { source } = await models.ready();
        const versions = registry.list().filter(({ problem }) => !problem);
        return {
          object: "list" as const,
          data: [
            entry("production", source.fingerprint),
            ...(base ? [entry("baseline", base.sha256), entry(base.name, base.sha256)] : []),
            ...versions.map(({ record }) =>
              entry(record.version, record.fingerprint, Math.floor(Date.parse(record.registeredAt) / 1000)),
            ),
          ],
        };
      },
    );
  };

const encode = (vector: Float32Array, format: "float" | "base64"): number[] | string =>
  format === "float"
    ? [...vector]
    : Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
