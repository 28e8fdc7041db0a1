import { z } from "zod";
import { STORED_FORMS } from "../../src/domain/evaluation/bytes/forms.ts";
import { RERANK_FORMS } from "../../src/domain/rerank/forms.ts";
import { RERANK_DEPTH } from "../../src/domain/rerank/types.ts";
import { Secret } from "../lib/secret.ts";

const flag = (fallback: boolean) =>
  z
    .enum(["true", "false", "1", "0"], "must be true or false")
    .optional()
    .transform((value) => (value === undefined ? fallback : value === "true" || value === "1"));
const count = (fallback: number, min: number, max: number) =>
  z.coerce
    .number("must be a number")
    .int("must be a whole number")
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback);
const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an http(s) URL" })
  .transform((url) => url.replace(/\/+$/, ""));
const secret = z
  .string()
  .transform((value) => new Secret(value))
  .optional();
const list = z
  .string()
  .optional()
  .transform((value) =>
    (value ?? "")
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
  );

/** As browsers send it: scheme, host and port, in lower case, without a path. */
const origin = z
  .string()
  .refine(
    (value) => URL.canParse(value) && new URL(value).origin !== "null" && ["", "/"].includes(pathOf(value)),
    "must be origins such as https://app.example, without a path",
  )
  .transform((value) => new URL(value).origin);
const pathOf = (url: string): string => /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(url)?.[1] ?? "?";

/** The environment as written. Every variable is described in docs/server.md and listed in .env.example. */
export const environmentSchema = z.object({
  PORT: z.coerce.number("must be a number").int().min(0).max(65535, "must be a port, 0 to 65535").optional(),
  HOST: z.string().default("127.0.0.1"),
  STUDIO_TOKEN: z
    .string()
    .min(16, "must have at least 16 characters")
    .transform((value) => new Secret(value))
    .optional(),
  STUDIO_DATA_DIR: z.string().default("./data"),
  MODELS_DIR: z.string().default("./models"),
  STUDIO_ALLOWED_ORIGINS: list.pipe(z.array(origin)),
  STUDIO_ALLOWED_HOSTS: list,
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  LOG_PRETTY: flag(process.stdout.isTTY === true && process.env.NODE_ENV !== "production"),
  RATE_LIMIT_PER_MINUTE: count(1200, 0, 1_000_000),
  UPLOAD_MAX_FILE_MB: count(8192, 1, 1_000_000),
  UPLOAD_MAX_TOTAL_MB: count(16384, 1, 1_000_000),
  PROMOTION_MARGIN: z.coerce.number("must be a number").min(0).max(0.5).default(0),
  REGISTRY_KEEP: count(20, 2, 10_000),
  USE_FINE_TUNED_EMBEDDINGS: z.enum(["auto", "true", "false"], "must be auto, true or false").default("auto"),
  EMBEDDING_MODEL_FINE_TUNED_PATH: z.string().optional(),
  EMBEDDING_MODEL: z.string().optional(),
  EMBEDDING_STRICT: flag(false),
  EMBEDDING_MAX_TOKENS: count(2048, 16, 32_768),
  EMBEDDING_THREADS: count(0, 0, 256),
  EMBEDDING_DTYPE: z.enum(["f32", "q8"], "must be f32 or q8").default("f32"),
  EMBEDDING_ENDPOINT: httpUrl.optional(),
  EMBEDDING_ENDPOINT_MODEL: z.string().default("recall-studio/production"),
  EMBEDDING_ENDPOINT_KEY: secret,
  GENERATION_ENDPOINT: httpUrl.optional(),
  GENERATION_MODEL: z.string().max(500).optional(),
  GENERATION_KEY: secret,
  RERANK_MODEL: z
    .string()
    .regex(/^(?!.*\.\.)\w[\w.-]*(\/\w[\w.-]*)?$/, "must be owner/name of the hub, or a folder of MODELS_DIR")
    .optional(),
  RERANK_REVISION: z
    .string()
    .regex(/^[0-9a-f]{40}$/, "must be a commit, 40 hexadecimal digits")
    .optional(),
  RERANK_ENDPOINT: httpUrl.optional(),
  RERANK_FORM: z.enum(["auto", ...RERANK_FORMS], "must be auto, tei or cohere").default("auto"),
  RERANK_ENDPOINT_MODEL: z.string().max(500).optional(),
  RERANK_KEY: secret,
  RERANK_TOP: count(RERANK_DEPTH, 1, 200),
  RERANK_TIMEOUT_MS: count(2000, 50, 60_000),
  RERANK_BY_DEFAULT: flag(false),
  HF_TOKEN: secret,
  HF_ENDPOINT: httpUrl.default("https://huggingface.co"),
  CHUNK_TOKENS: count(256, 16, 8192),
  CHUNK_OVERLAP: count(32, 0, 4096),
  VECTOR_TYPE: z.enum(STORED_FORMS, "must be float32, float16 or binary").default("float32"),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must start with postgres:// or postgresql://")
    .transform((value) => new Secret(value))
    .optional(),
  LANGFUSE_PUBLIC_KEY: z.string().optional(),
  LANGFUSE_SECRET_KEY: secret,
  LANGFUSE_BASE_URL: httpUrl.optional(),
  LANGFUSE_HOST: httpUrl.optional(),
  LANGFUSE_TRACING_ENVIRONMENT: z
    .string()
    .regex(/^(?!langfuse)[a-z0-9_-]{1,40}$/, "must be lower-case letters, digits, - and _, and not begin with langfuse")
    .default("default"),
  LANGFUSE_CAPTURE_TEXT: flag(false),
  FEEDBACK_KEEP_TEXT: flag(false),
  FEEDBACK_KEEP_DAYS: count(90, 1, 3650),
  ARCHON_URL: httpUrl.optional(),
  ARCHON_PROJECT_ID: z.string().optional(),
  ARCHON_API: z.literal("v1", "must be v1: only the archived Archon v1 has tasks").default("v1"),
});

/** Names of all variables. */
export const VARIABLES: readonly string[] = Object.keys(environmentSchema.shape);

export type Environment = z.output<typeof environmentSchema>;
