import { MEASURED_ON } from "../dataset/origin.ts";

/**
 * What a span may carry, and in which form. The same table names attributes for those who write spans (page and server)
 * and is the allow-list by which the proxy cuts everything else: a key that is not here, or a value that does not have
 * its form, does not leave this machine. Forms have no room for sentences, so text cannot slip through a permitted key.
 */
export const SPAN_NAMES = [
  "training.run",
  "training.step",
  "training.self-test",
  "evaluation.run",
  "evaluation.query",
  "artifact.export",
  "registry.upload",
  "registry.verify",
  "registry.promote",
  "registry.rollback",
  "ingestion.job",
  "ingestion.batch",
  "retrieval.search",
  "embeddings.create",
  "serving.load",
  "http.request",
] as const;
export type SpanName = (typeof SPAN_NAMES)[number];

type Form = (value: string | number | boolean) => boolean;

const number: Form = (value) => typeof value === "number" && Number.isFinite(value);
const flag: Form = (value) => typeof value === "boolean";
const matches =
  (pattern: RegExp): Form =>
  (value) =>
    typeof value === "string" && pattern.test(value);
const oneOf =
  (...values: string[]): Form =>
  (value) =>
    typeof value === "string" && values.includes(value);

/** `Qwen/Qwen3-Embedding-0.6B`, `tiny-2026-11-22-a1b2c3`: no spaces, so no sentence. */
const identifier = matches(/^[A-Za-z0-9][\w./:@+-]{0,127}$/);
/** SHA-256 or a prefix of it. */
const digest = matches(/^(sha256:)?[0-9a-f]{8,64}$/);
/** `{"input":12,"total":12}`: counts only. */
const counts = matches(/^\{("[a-z_]{1,32}":\d{1,15},?){0,8}\}$/);

const METADATA = "langfuse.observation.metadata";
const EXPERIMENT_METADATA = "langfuse.experiment.metadata";

/** Attribute keys by the names that code uses. */
export const ATTRIBUTE = {
  observationType: "langfuse.observation.type",
  modelName: "langfuse.observation.model.name",
  usage: "langfuse.observation.usage_details",
  level: "langfuse.observation.level",
  statusMessage: "langfuse.observation.status_message",
  traceName: "langfuse.trace.name",
  environment: "langfuse.environment",
  release: "langfuse.release",
  modelVersion: "langfuse.version",
  userId: "langfuse.user.id",
  appRoot: "langfuse.internal.is_app_root",
  experimentId: "langfuse.experiment.id",
  experimentName: "langfuse.experiment.name",
  experimentDescription: "langfuse.experiment.description",
  experimentDataset: "langfuse.experiment.dataset.id",
  experimentItem: "langfuse.experiment.item.id",
  experimentRoot: "langfuse.experiment.item.root_observation_id",
  modelId: `${METADATA}.model_id`,
  modelFingerprint: `${METADATA}.model_fingerprint`,
  modelRole: `${METADATA}.model_role`,
  baseRevision: `${METADATA}.base_revision`,
  fallbackReason: `${METADATA}.fallback_reason`,
  datasetHash: `${METADATA}.dataset_hash`,
  splitHash: `${METADATA}.split_hash`,
  promptHash: `${METADATA}.prompt_hash`,
  importedFrom: `${METADATA}.imported_from`,
  importedDataset: `${METADATA}.imported_dataset`,
  importedScore: `${METADATA}.imported_score`,
  importedSince: `${METADATA}.imported_since`,
  importedUntil: `${METADATA}.imported_until`,
  measuredOn: `${METADATA}.measured_on`,
  queryHash: `${METADATA}.query_hash`,
  queryEmbeddedBy: `${METADATA}.query_embedded_by`,
  searchMode: `${METADATA}.search_mode`,
  reranker: `${METADATA}.reranker`,
  reranked: `${METADATA}.reranked`,
  rerankFailure: `${METADATA}.rerank_failure`,
  rerankMs: `${METADATA}.rerank_ms`,
  dimension: `${METADATA}.dimension`,
  k: `${METADATA}.k`,
  documents: `${METADATA}.documents`,
  chunks: `${METADATA}.chunks`,
  texts: `${METADATA}.texts`,
  results: `${METADATA}.results`,
  queries: `${METADATA}.queries`,
  latencyMs: `${METADATA}.latency_ms`,
  tokens: `${METADATA}.tokens`,
  step: `${METADATA}.step`,
  totalSteps: `${METADATA}.total_steps`,
  loss: `${METADATA}.loss`,
  gradNorm: `${METADATA}.grad_norm`,
  learningRate: `${METADATA}.learning_rate`,
  backend: `${METADATA}.backend`,
  adapter: `${METADATA}.adapter`,
  version: `${METADATA}.version`,
  fromVersion: `${METADATA}.from_version`,
  jobId: `${METADATA}.job_id`,
  runId: `${METADATA}.run_id`,
  collection: `${METADATA}.collection`,
  correlationId: `${METADATA}.correlation_id`,
  errorCode: `${METADATA}.error_code`,
  override: `${METADATA}.override`,
  verdict: `${METADATA}.verdict`,
  rankBaseline: `${METADATA}.rank_baseline`,
  rankTuned: `${METADATA}.rank_tuned`,
  httpMethod: "http.request.method",
  httpRoute: "http.route",
  httpStatus: "http.response.status_code",
} as const;

/** Key in `tracestate` by which page and server tell traces of their own from those of foreign callers. */
export const OWN_TRACE = "recall-studio";

/** What the two experiments of an evaluation say of themselves. */
export const EXPERIMENT_DESCRIPTION = {
  baseline: "The base model before tuning",
  tuned: "The model after tuning with LoRA",
} as const;
/** The environment that Langfuse keeps for experiments of its SDKs. */
export const EXPERIMENT_ENVIRONMENT: string = "sdk-experiment";

const code = matches(/^[a-z][a-z0-9-]{0,63}$/);

const FORMS: Record<string, Form> = {
  [ATTRIBUTE.observationType]: oneOf("span", "event", "embedding", "retriever", "evaluator"),
  [ATTRIBUTE.modelName]: identifier,
  [ATTRIBUTE.usage]: counts,
  [ATTRIBUTE.level]: oneOf("DEBUG", "DEFAULT", "WARNING", "ERROR"),
  [ATTRIBUTE.statusMessage]: code,
  [ATTRIBUTE.traceName]: oneOf(...SPAN_NAMES),
  [ATTRIBUTE.environment]: identifier,
  [ATTRIBUTE.release]: identifier,
  [ATTRIBUTE.modelVersion]: identifier,
  [ATTRIBUTE.userId]: digest,
  [ATTRIBUTE.appRoot]: flag,
  [ATTRIBUTE.experimentId]: identifier,
  [ATTRIBUTE.experimentName]: identifier,
  [ATTRIBUTE.experimentDescription]: oneOf(...Object.values(EXPERIMENT_DESCRIPTION)),
  [ATTRIBUTE.experimentDataset]: identifier,
  [ATTRIBUTE.experimentItem]: identifier,
  [ATTRIBUTE.experimentRoot]: matches(/^[0-9a-f]{16}$/),
  [ATTRIBUTE.modelId]: identifier,
  [ATTRIBUTE.modelFingerprint]: digest,
  [ATTRIBUTE.modelRole]: oneOf("tuned", "baseline", "candidate"),
  [ATTRIBUTE.baseRevision]: identifier,
  [ATTRIBUTE.fallbackReason]: identifier,
  [ATTRIBUTE.datasetHash]: digest,
  [ATTRIBUTE.splitHash]: digest,
  [ATTRIBUTE.promptHash]: digest,
  [ATTRIBUTE.importedFrom]: oneOf("langfuse", "feedback"),
  [ATTRIBUTE.importedDataset]: identifier,
  [ATTRIBUTE.importedScore]: identifier,
  [ATTRIBUTE.importedSince]: identifier,
  [ATTRIBUTE.importedUntil]: identifier,
  [ATTRIBUTE.measuredOn]: oneOf(...MEASURED_ON),
  [ATTRIBUTE.queryHash]: digest,
  [ATTRIBUTE.queryEmbeddedBy]: oneOf("server", "caller"),
  [ATTRIBUTE.searchMode]: oneOf("dense", "keyword", "hybrid"),
  [ATTRIBUTE.reranker]: identifier,
  [ATTRIBUTE.reranked]: flag,
  [ATTRIBUTE.rerankFailure]: code,
  [ATTRIBUTE.backend]: oneOf("webgpu", "wasm", "cpu", "onnxruntime", "remote"),
  [ATTRIBUTE.adapter]: identifier,
  [ATTRIBUTE.version]: identifier,
  [ATTRIBUTE.fromVersion]: identifier,
  [ATTRIBUTE.jobId]: identifier,
  [ATTRIBUTE.runId]: identifier,
  [ATTRIBUTE.collection]: identifier,
  [ATTRIBUTE.correlationId]: identifier,
  [ATTRIBUTE.errorCode]: code,
  [ATTRIBUTE.override]: flag,
  [ATTRIBUTE.verdict]: oneOf("improved", "inconclusive", "regressed"),
  [ATTRIBUTE.httpMethod]: oneOf("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"),
  [ATTRIBUTE.httpRoute]: matches(/^\/[\w/:.*{}-]{0,127}$/),
  [ATTRIBUTE.httpStatus]: number,
};
for (const key of [
  "dimension",
  "k",
  "documents",
  "chunks",
  "texts",
  "results",
  "queries",
  "latencyMs",
  "rerankMs",
  "tokens",
  "step",
  "totalSteps",
  "loss",
  "gradNorm",
  "learningRate",
  "rankBaseline",
  "rankTuned",
] as const)
  FORMS[ATTRIBUTE[key]] = number;
/** What an experiment says of model and data has the form that it has on a span. */
for (const key of [
  "modelId",
  "modelFingerprint",
  "modelRole",
  "baseRevision",
  "datasetHash",
  "splitHash",
  "promptHash",
  "runId",
  "importedFrom",
  "importedDataset",
  "importedScore",
  "importedSince",
  "importedUntil",
  "measuredOn",
] as const)
  FORMS[ATTRIBUTE[key].replace(METADATA, EXPERIMENT_METADATA)] = FORMS[ATTRIBUTE[key]]!;

/** Every attribute that may leave. */
export const PERMITTED: readonly string[] = Object.keys(FORMS);

/** Attributes that hold text; they pass only where the operator has asked for text. */
export const TEXT_ATTRIBUTE = {
  input: "langfuse.observation.input",
  output: "langfuse.observation.output",
} as const;
export const TEXT_ATTRIBUTES: readonly string[] = Object.values(TEXT_ATTRIBUTE);

/** Whether an attribute may leave this machine. `captureText` is `LANGFUSE_CAPTURE_TEXT`. */
export const isPermitted = (key: string, value: unknown, captureText: boolean): boolean => {
  if (captureText && TEXT_ATTRIBUTES.includes(key)) return typeof value === "string";
  const form = Object.hasOwn(FORMS, key) ? FORMS[key] : undefined;
  if (!form) return false;
  return (typeof value === "string" || typeof value === "number" || typeof value === "boolean") && form(value);
};

/** A driver's or a person's words as an identifier: `NVIDIA H100 (PCIe)` → `NVIDIA-H100-PCIe`. */
export const slug = (words: string): string =>
  words
    .replace(/[^\w.]+/g, "-")
    .replace(/^[-_.]+|-+$/g, "")
    .slice(0, 64) || "unknown";
