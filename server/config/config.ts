import { isIP } from "node:net";
import { resolve } from "node:path";
import { StudioError } from "../../src/domain/errors.ts";
import type { StoredForm } from "../../src/domain/evaluation/bytes/forms.ts";
import type { RerankForm } from "../../src/domain/rerank/forms.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import type { Secret } from "../lib/secret.ts";
import { environmentSchema, type Environment } from "./environment.ts";

interface RerankSettings {
  /** How many of the first passages are reranked. */
  top: number;
  /** A search is answered unreranked after this long. */
  timeoutMs: number;
  /** Whether a search that says nothing of it is reranked. */
  byDefault: boolean;
}

/** What the server runs with, checked as a whole. */
export interface Config {
  host: string;
  port: number;
  /** Whether PORT was given: then a taken port is an error, otherwise the next free one is used. */
  portFixed: boolean;
  loopback: boolean;
  token: Secret | null;
  allowedOrigins: string[];
  allowedHosts: string[];
  dataDir: string;
  modelsDir: string;
  /** Bases that come with the studio; those of `modelsDir` of the same name go before. */
  bundledBases: string;
  /** The built page. */
  pageDir: string;
  logLevel: Environment["LOG_LEVEL"];
  logPretty: boolean;
  limits: {
    /** 0 switches the limit off. */
    requestsPerMinute: number;
    uploadFileBytes: number;
    uploadTotalBytes: number;
    /** No byte for this long ends an upload. */
    uploadIdleMs: number;
    /** A request with a small body must be complete after this long. */
    bodyMs: number;
    /** An upload without a finished file for this long is removed. */
    uploadLifetimeMs: number;
  };
  registry: {
    /** How far below zero the interval's lower bound may lie; 0 wants proof of no regression. */
    margin: number;
    /** Archived and candidate versions beyond this many are removed, oldest first. */
    keep: number;
  };
  embedding: {
    useFineTuned: Environment["USE_FINE_TUNED_EMBEDDINGS"];
    fineTunedPath: string | null;
    /** Base by name; null follows the version in production, else the bundled base. */
    model: string | null;
    strict: boolean;
    /** Longest text in tokens, with its prompt. */
    maxTokens: number;
    /** Threads of the runtime; 0 leaves it to the runtime. */
    threads: number;
    /** Weights of the runtime: F32, or 8 bits with a cosine of 0.999 and more to them. */
    dtype: Environment["EMBEDDING_DTYPE"];
    /** Another server that embeds in place of this one, once its vectors are found to be the same. */
    endpoint: { url: string; model: string; key: Secret | null } | null;
  };
  /** A chat endpoint that writes questions about documents; null without one. */
  generation: { url: string; model: string; key: Secret | null } | null;
  /** What reranks the first passages of a search; null without one. */
  rerank:
    | (RerankSettings & {
        endpoint: { url: string; form: RerankForm | null; model: string | null; key: Secret | null };
      })
    | (RerankSettings & { model: { name: string; revision: string | null } })
    | null;
  /** Where versions are published, and the token for it when none is given with the request. */
  hub: { url: string; token: Secret | null };
  /** Size of a passage in tokens, and how much it repeats of the one before. */
  chunks: { tokens: number; overlap: number };
  /** How vectors are kept. */
  vectorType: StoredForm;
  databaseUrl: Secret | null;
  langfuse: {
    publicKey: string;
    secretKey: Secret;
    baseUrl: string;
    environment: string;
    captureText: boolean;
  } | null;
  /** Whether questions of searches are kept, so that feedback on them becomes pairs, and for how many days. */
  feedback: { keepText: boolean; keepDays: number };
  /** Archon v1, the one that has tasks. */
  archon: { url: string; projectId: string } | null;
}

const MIB = 1024 * 1024;

/** Whether only this machine can reach the address. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

const refuse = (problems: string[]): never => {
  throw new StudioError(
    "config-invalid",
    `The configuration is wrong: ${problems.join("; ")}.`,
    "Correct these environment variables and start again; docs/server.md lists them all.",
  );
};

/** What is wrong although each variable has its form. */
const contradictions = (env: Environment): string[] => {
  const problems: string[] = [];
  if (!isLoopback(env.HOST) && !env.STUDIO_TOKEN)
    problems.push(
      `HOST=${env.HOST} can be reached by other machines, which needs STUDIO_TOKEN (16 characters or more)`,
    );
  if ((env.LANGFUSE_PUBLIC_KEY === undefined) !== (env.LANGFUSE_SECRET_KEY === undefined))
    problems.push("LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY go together");
  if ((env.ARCHON_URL === undefined) !== (env.ARCHON_PROJECT_ID === undefined))
    problems.push("ARCHON_URL and ARCHON_PROJECT_ID go together");
  if (env.UPLOAD_MAX_TOTAL_MB < env.UPLOAD_MAX_FILE_MB)
    problems.push("UPLOAD_MAX_TOTAL_MB must not be below UPLOAD_MAX_FILE_MB");
  if (env.USE_FINE_TUNED_EMBEDDINGS === "false" && env.EMBEDDING_MODEL_FINE_TUNED_PATH)
    problems.push("EMBEDDING_MODEL_FINE_TUNED_PATH is set although USE_FINE_TUNED_EMBEDDINGS=false");
  if (env.EMBEDDING_ENDPOINT_KEY && !env.EMBEDDING_ENDPOINT)
    problems.push("EMBEDDING_ENDPOINT_KEY is set without EMBEDDING_ENDPOINT");
  if ((env.GENERATION_ENDPOINT === undefined) !== (env.GENERATION_MODEL === undefined))
    problems.push("GENERATION_ENDPOINT and GENERATION_MODEL go together");
  if (env.GENERATION_KEY && !env.GENERATION_ENDPOINT)
    problems.push("GENERATION_KEY is set without GENERATION_ENDPOINT");
  problems.push(...rerankContradictions(env));
  if (env.CHUNK_OVERLAP >= env.CHUNK_TOKENS) problems.push("CHUNK_OVERLAP must be below CHUNK_TOKENS");
  if (env.CHUNK_TOKENS >= env.EMBEDDING_MAX_TOKENS)
    problems.push("CHUNK_TOKENS must be below EMBEDDING_MAX_TOKENS, which counts the prompt too");
  return problems;
};

const rerankOf = (env: Environment): Config["rerank"] => {
  const { RERANK_TOP: top, RERANK_TIMEOUT_MS: timeoutMs, RERANK_BY_DEFAULT: byDefault } = env;
  const settings = { top, timeoutMs, byDefault };
  if (env.RERANK_MODEL)
    return { ...settings, model: { name: env.RERANK_MODEL, revision: env.RERANK_REVISION ?? null } };
  if (!env.RERANK_ENDPOINT) return null;
  return {
    ...settings,
    endpoint: {
      url: env.RERANK_ENDPOINT,
      form: env.RERANK_FORM === "auto" ? null : env.RERANK_FORM,
      model: env.RERANK_ENDPOINT_MODEL ?? null,
      key: env.RERANK_KEY ?? null,
    },
  };
};

const rerankContradictions = (env: Environment): string[] => {
  if (env.RERANK_REVISION && !env.RERANK_MODEL) return ["RERANK_REVISION is set without RERANK_MODEL"];
  if (env.RERANK_MODEL && env.RERANK_ENDPOINT)
    return ["RERANK_MODEL and RERANK_ENDPOINT are set; one of them is enough"];
  if (env.RERANK_ENDPOINT)
    return new URL(env.RERANK_ENDPOINT).username || new URL(env.RERANK_ENDPOINT).password
      ? ["RERANK_ENDPOINT must hold no key; RERANK_KEY is for that"]
      : [];
  const names = ["RERANK_KEY", "RERANK_ENDPOINT_MODEL"] as const;
  return [
    ...names.filter((name) => env[name]).map((name) => `${name} is set without RERANK_ENDPOINT`),
    ...(env.RERANK_BY_DEFAULT && !env.RERANK_MODEL ? ["RERANK_BY_DEFAULT is set without a reranker"] : []),
  ];
};

/** Reads and checks the environment. Throws `config-invalid` with every fault named and no value printed. */
export const loadConfig = (environment: Record<string, string | undefined>, cwd = process.cwd()): Config => {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) return refuse(parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
  const env = parsed.data;

  const problems = contradictions(env);
  if (problems.length) refuse(problems);

  return {
    host: env.HOST,
    port: env.PORT ?? 4680,
    portFixed: env.PORT !== undefined,
    loopback: isLoopback(env.HOST),
    token: env.STUDIO_TOKEN ?? null,
    allowedOrigins: env.STUDIO_ALLOWED_ORIGINS,
    allowedHosts: env.STUDIO_ALLOWED_HOSTS,
    dataDir: resolve(cwd, env.STUDIO_DATA_DIR),
    modelsDir: resolve(cwd, env.MODELS_DIR),
    bundledBases: resolve(PROJECT_ROOT, "models/base"),
    pageDir: resolve(PROJECT_ROOT, "dist"),
    logLevel: env.LOG_LEVEL,
    logPretty: env.LOG_PRETTY,
    limits: {
      requestsPerMinute: env.RATE_LIMIT_PER_MINUTE,
      uploadFileBytes: env.UPLOAD_MAX_FILE_MB * MIB,
      uploadTotalBytes: env.UPLOAD_MAX_TOTAL_MB * MIB,
      uploadIdleMs: 30_000,
      bodyMs: 30_000,
      uploadLifetimeMs: 3600_000,
    },
    registry: { margin: env.PROMOTION_MARGIN, keep: env.REGISTRY_KEEP },
    embedding: {
      useFineTuned: env.USE_FINE_TUNED_EMBEDDINGS,
      fineTunedPath: env.EMBEDDING_MODEL_FINE_TUNED_PATH ? resolve(cwd, env.EMBEDDING_MODEL_FINE_TUNED_PATH) : null,
      model: env.EMBEDDING_MODEL ?? null,
      strict: env.EMBEDDING_STRICT,
      maxTokens: env.EMBEDDING_MAX_TOKENS,
      threads: env.EMBEDDING_THREADS,
      dtype: env.EMBEDDING_DTYPE,
      endpoint: env.EMBEDDING_ENDPOINT
        ? { url: env.EMBEDDING_ENDPOINT, model: env.EMBEDDING_ENDPOINT_MODEL, key: env.EMBEDDING_ENDPOINT_KEY ?? null }
        : null,
    },
    generation:
      env.GENERATION_ENDPOINT && env.GENERATION_MODEL
        ? { url: env.GENERATION_ENDPOINT, model: env.GENERATION_MODEL, key: env.GENERATION_KEY ?? null }
        : null,
    rerank: rerankOf(env),
    hub: { url: env.HF_ENDPOINT, token: env.HF_TOKEN ?? null },
    chunks: { tokens: env.CHUNK_TOKENS, overlap: env.CHUNK_OVERLAP },
    vectorType: env.VECTOR_TYPE,
    databaseUrl: env.DATABASE_URL ?? null,
    langfuse:
      env.LANGFUSE_PUBLIC_KEY && env.LANGFUSE_SECRET_KEY
        ? {
            publicKey: env.LANGFUSE_PUBLIC_KEY,
            secretKey: env.LANGFUSE_SECRET_KEY,
            baseUrl: env.LANGFUSE_BASE_URL ?? env.LANGFUSE_HOST ?? "https://cloud.langfuse.com",
            environment: env.LANGFUSE_TRACING_ENVIRONMENT,
            captureText: env.LANGFUSE_CAPTURE_TEXT,
          }
        : null,
    feedback: { keepText: env.FEEDBACK_KEEP_TEXT, keepDays: env.FEEDBACK_KEEP_DAYS },
    archon: env.ARCHON_URL && env.ARCHON_PROJECT_ID ? { url: env.ARCHON_URL, projectId: env.ARCHON_PROJECT_ID } : null,
  };
};
