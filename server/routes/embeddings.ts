import type { FastifyError } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { StudioError } from "../../src/domain/errors.ts";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { versionSchema } from "../../src/domain/api/index.ts";
import { toProblemDetails } from "../http/problems.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import type { ModelSource } from "../serving/embedder.ts";
import { modelAttributes, modelFields } from "../serving/facts.ts";
import type { Studio } from "./container.ts";

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
    /** By alias, version, fingerprint, or the base's id. */
    const sourceOf = async (name: string): Promise<ModelSource> => {
      const { source } = await models.ready();
      if (name === "production" || name === source.fingerprint || name === source.tuned?.version) return source;
      const baseline = models.catalog.baseline();
      if (["baseline", baseline.base.name, baseline.fingerprint].includes(name)) return baseline;
      if (name.split("/").at(-1) === baseline.base.name) return baseline;
      if (versionSchema.safeParse(name).success && registry.find(name)) return models.catalog.version(name);
      const known = /^[0-9a-f]{64}$/.test(name) ? await models.catalog.fingerprint(name) : null;
      if (known) return known;
      throw new HttpProblem(404, {
        code: "model-not-found",
        message: "There is no model of that name here.",
        hint: "GET /v1/models lists the names; production is the one that serves.",
      });
    };

    // Clients of this API read `error.message`; the rest is our own problem form.
    app.setErrorHandler((thrown: FastifyError, request, reply) => {
      const details = toProblemDetails(thrown, request.id);
      if (details.status >= 500) request.log.error({ err: thrown, code: details.code }, "request failed");
      if (thrown instanceof HttpProblem) reply.headers(thrown.headers);
      const type =
        details.status === 429 ? "rate_limit_error" : details.status < 500 ? "invalid_request_error" : "server_error";
      const [field] = details.errors ?? [];
      const error = {
        message: field ? `${details.message} ${field.path}: ${field.message}` : `${details.message} ${details.hint}`,
        type,
        param: field?.path ?? null,
        code: details.code === "model-not-found" ? "model_not_found" : details.code,
      };
      return reply
        .code(details.status)
        .type("application/problem+json")
        .serializer(JSON.stringify)
        .send({ ...details, error });
    });

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
        const { input, model, dimensions, encoding_format: format, input_type: kind } = request.body;
        const texts = typeof input === "string" ? [input] : input;
        const gone = new AbortController();
        reply.raw.once("close", () => gone.abort());
        return telemetry.span(
          "embeddings.create",
          {
            [ATTRIBUTE.observationType]: "embedding",
            [ATTRIBUTE.texts]: texts.length,
            [ATTRIBUTE.correlationId]: request.id,
          },
          async (span) => {
            const source = await sourceOf(model);
            const lease = await models.acquire(source);
            try {
              const { identity } = lease.embedder;
              const fallback = model === "production" ? models.current().fallback : null;
              for (const [key, value] of Object.entries(modelAttributes(identity, fallback)))
                if (value !== undefined) span.setAttribute(key, value);
              span.setAttribute(ATTRIBUTE.promptHash, identity.promptHash[kind]);
              span.setAttribute(ATTRIBUTE.dimension, dimensions ?? identity.dimension);
              if (dimensions && dimensions > identity.dimension)
                throw new StudioError(
                  "dimension-too-large",
                  `The model gives vectors of ${identity.dimension} dimensions.`,
                  `Ask for at most ${identity.dimension}.`,
                );
              const { vectors, tokens } = await lease.embedder.embed(texts, kind, {
                lane: "interactive",
                signal: gone.signal,
              });
              span.setAttribute(ATTRIBUTE.usage, JSON.stringify({ input: tokens, total: tokens }));
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
                  embedding: encode(shortened(vector, dimensions), format),
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

/** The first dimensions, of length 1 again (Matryoshka). */
const shortened = (vector: Float32Array, dimensions: number | undefined): Float32Array => {
  if (!dimensions || dimensions >= vector.length) return vector;
  const cut = vector.slice(0, dimensions);
  const norm = Math.hypot(...cut);
  return norm > 0 ? cut.map((value) => value / norm) : cut;
};

const encode = (vector: Float32Array, format: "float" | "base64"): number[] | string =>
  format === "float"
    ? [...vector]
    : Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
