import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { whenGone } from "../http/gone.ts";
import { sha256 } from "../lib/hash.ts";
import { embeddingRequestSchema, textsOf } from "../serving/embeddingRequest.ts";
import { shortened, wantedDimension } from "../serving/dimension.ts";
import { modelAttributes, modelFields, usageAttributes } from "../serving/facts.ts";
import type { Studio } from "./container.ts";
import { openaiErrors, openaiRefusal } from "./openaiErrors.ts";

const tags = ["Embeddings"];

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
    app.addHook("onRoute", (route) => {
      route.config = { ...route.config, described: { refusals: { "application/problem+json": openaiRefusal } } };
    });

    app.post(
      "/v1/embeddings",
      {
        bodyLimit: 8 * 1024 * 1024,
        config: { access: "read" },
        schema: {
          tags,
          operationId: "createEmbeddings",
          summary: "Embed texts (OpenAI's form)",
          body: embeddingRequestSchema,
          response: { 200: answerSchema },
        },
      },
      (request, reply) => {
        const { input, model, dimensions, encoding_format: format, input_type: kind, user } = request.body;
        const signal = whenGone(reply);
        return telemetry.span(
          "embeddings.create",
          {
            [ATTRIBUTE.observationType]: "embedding",
            [ATTRIBUTE.correlationId]: request.id,
            [ATTRIBUTE.userId]: user ? sha256(user) : undefined,
          },
          async (span) => {
            const source = await models.named(model);
            const lease = await models.acquire(source);
            try {
              const { identity } = lease.embedder;
              const texts = textsOf(input, lease.embedder.tokenizer);
              span.setAttribute(ATTRIBUTE.texts, texts.length);
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

    /** Names that a model can be asked by, and what each is. */
    const listed = async () => {
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
      return [
        entry("production", source.fingerprint),
        ...(base ? [entry("baseline", base.sha256), entry(base.name, base.sha256)] : []),
        ...versions.map(({ record }) =>
          entry(record.version, record.fingerprint, Math.floor(Date.parse(record.registeredAt) / 1000)),
        ),
      ];
    };

    app.get(
      "/v1/models",
      {
        schema: {
          tags,
          operationId: "listModels",
          summary: "Models that can embed",
          response: { 200: z.object({ object: z.literal("list"), data: z.array(modelSchema) }) },
        },
      },
      async () => ({ object: "list" as const, data: await listed() }),
    );

    const describe = async (id: string) => {
      const { fingerprint, tuned } = await models.named(id);
      const known = (await listed()).filter((one) => one.fingerprint === fingerprint);
      const created = Math.max(0, ...known.map((one) => one.created));
      const own = known.find((one) => one.id === id)?.created;
      return {
        id,
        object: "model" as const,
        created: own ?? (tuned ? created : 0),
        owned_by: "recall-studio",
        fingerprint,
      };
    };
    app.get(
      "/v1/models/:id",
      {
        schema: {
          tags,
          operationId: "getModel",
          summary: "A model that can embed",
          params: z.object({ id: z.string().describe("As in the list, or the base's id, a slash as %2F.") }),
          response: { 200: modelSchema },
        },
      },
      async ({ params: { id } }) => describe(id),
    );
    // Not every client escapes the slash in a base's id.
    app.get(
      "/v1/models/:org/:name",
      {
        schema: { hide: true, params: z.object({ org: z.string(), name: z.string() }), response: { 200: modelSchema } },
      },
      async ({ params: { org, name } }) => describe(`${org}/${name}`),
    );
  };

const encode = (vector: Float32Array, format: "float" | "base64"): number[] | string =>
  format === "float"
    ? [...vector]
    : Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
