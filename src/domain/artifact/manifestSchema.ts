/** The form of manifest.json, read from top to bottom. */
import { z } from "zod";
import { isSafeArtifactPath, sha256Schema } from "../api/primitives.ts";
import { MEASURED_ON } from "../dataset/origin.ts";
import { provenanceSchema } from "../dataset/provenance.ts";
import { PROJECTIONS } from "../modelConfig.ts";
import { retentionSchema } from "../retention/index.ts";
import { identitySchema, importedSchema } from "./imported.ts";

/** Rises when a reader of the older form would misread the newer one. Since 2 the base's config is base_config.json. */
export const MANIFEST_VERSION = 2;
/** Of models that were trained elsewhere, whose manifests say nothing of data and training: readers up to 2 expect both. */
export const IMPORTED_VERSION = 3;

const share = z.number().min(0).max(1);
const metrics = z.record(z.string().regex(/^(accuracy|precision|recall|mrr|ndcg|map)@\d+$/), share);

/** Baseline and tuned on one metric. */
export const comparisonSchema = z.object({
  metric: z.string(),
  baseline: share,
  tuned: share,
  delta: z.number(),
  /** Paired bootstrap 95 % interval of the delta. */
  interval: z.tuple([z.number(), z.number()]),
  pValue: share,
  minimumDetectableEffect: z.number(),
  verdict: z.enum(["improved", "inconclusive", "regressed"]),
});

/** What was asked for among the hyperparameters, what the steps computed in under `training`. */
const precision = z.enum(["f32", "mixed"]);

const hyperparameters = z.object({
  rank: z.int().positive(),
  alpha: z.number().positive(),
  learningRate: z.number().nonnegative(),
  epochs: z.number().positive(),
  batchSize: z.int().positive(),
  chunkSize: z.int().positive(),
  warmupRatio: share,
  weightDecay: z.number().nonnegative(),
  maxGradNorm: z.number().nonnegative(),
  scale: z.number().positive(),
  maxTokens: z.int().positive(),
  seed: z.int(),
  shuffle: z.boolean(),
  maskKnownPositives: z.boolean(),
  matryoshkaDims: z.array(z.int().positive()),
  evaluateEvery: z.int().nonnegative(),
  // Runs of before there was one trained to the end.
  patience: z.int().nonnegative().default(0),
  falseNegatives: z.object({ marginStrategy: z.enum(["absolute", "relative"]), margin: z.number() }).optional(),
  distillation: z.object({ weight: z.number().positive(), temperature: z.number().positive() }).optional(),
  precision: precision.optional(),
});

const fileSchema = z.object({
  path: z.string().refine(isSafeArtifactPath, "must be a plain relative path"),
  bytes: z.int().nonnegative(),
  sha256: sha256Schema,
});

/** Everything about a tuned model but its texts: only fingerprints of those. */
const bodySchema = z.object({
  schemaVersion: z.literal([1, MANIFEST_VERSION, IMPORTED_VERSION]),
  name: z.string().min(1).max(200),
  runId: z.string().min(1).max(100),
  createdAt: z.iso.datetime({ offset: true }),
  engine: z.object({
    name: z.literal("recall-studio"),
    version: z.string().max(50),
    commit: z.string().max(64).nullable(),
  }),
  base: z.object({ id: z.string().min(1).max(500), revision: z.string().max(200), sha256: sha256Schema }),
  adapter: z.object({
    type: z.literal("lora"),
    rank: z.int().positive(),
    alpha: z.number().positive(),
    scaling: z.number().positive(),
    targetModules: z.array(z.enum(PROJECTIONS)).min(1),
    parameters: z.int().positive(),
  }),
  /** `instruction` is the task sentence; null when the query prompt is the base's own, or not of Qwen3-Embedding's form. */
  prompt: z.object({
    query: z.string().max(5000),
    document: z.string().max(5000),
    instruction: z.string().max(5000).nullable(),
  }),
  dimension: z.int().positive(),
  /** Where it was trained elsewhere; what follows down to `training` is null then. */
  imported: importedSchema.optional(),
  dataset: identitySchema
    .extend({
      mining: z
        .object({
          numNegatives: z.int().positive(),
          relativeMargin: share,
          negatives: z.int().nonnegative(),
          accepted: z.int().nonnegative(),
          rejected: z.int().nonnegative(),
        })
        .optional(),
      provenance: provenanceSchema.optional(),
    })
    .nullable(),
  split: z
    .object({
      hash: z.string().max(128),
      train: z.int().nonnegative(),
      dev: z.int().nonnegative(),
      test: z.int().nonnegative(),
    })
    .nullable(),
  hyperparameters: hyperparameters.nullable(),
  seed: z.int().nullable(),
  training: z
    .object({
      steps: z.int().nonnegative(),
      bestStep: z.int().nonnegative(),
      seconds: z.number().nonnegative(),
      finished: z.boolean(),
      /** Pairs embedded at once in the end, fewer than `chunkSize` where memory ran out; absent in older manifests. */
      chunkPairs: z.int().positive().optional(),
      /** Absent in older manifests, whose runs were in float32. */
      precision: precision.optional(),
    })
    .nullable(),
  /** What trained it, or measured an import; null for what a server imported, which has no device of the engine. */
  device: z
    .object({
      backend: z.enum(["webgpu", "wasm", "cpu"]),
      adapter: z.string().max(500),
      features: z.object({ shaderF16: z.boolean(), subgroups: z.boolean(), timestampQuery: z.boolean() }),
      maxBufferBytes: z.number(),
      maxBindingBytes: z.number(),
      slow: z.boolean(),
      /** Absent in artifacts of older versions, and where the kernels are tfjs' own. */
      kernels: z
        .object({
          linear: z.string().max(100),
          attention: z.string().max(100),
          reduce: z.string().max(100),
          mixed: z.string().max(100).optional(),
          refused: z.array(z.string().max(1000)).max(50),
        })
        .optional(),
    })
    .nullable(),
  selfTest: z
    .object({
      passed: z.boolean(),
      seconds: z.number().nonnegative(),
      checks: z.array(
        z.object({ name: z.string(), passed: z.boolean(), error: z.number().nullable(), tolerance: z.number() }),
      ),
    })
    .nullable(),
  /** Null when the run had no test set. */
  evaluation: z
    .object({
      splitHash: z.string().max(128),
      queries: z.int().nonnegative(),
      corpus: z.int().nonnegative(),
      baseline: metrics,
      tuned: metrics,
      comparisons: z.array(comparisonSchema),
      /** Absent where the test's questions are people's own. */
      measuredOn: z.enum(MEASURED_ON).optional(),
    })
    .nullable(),
  /** Where the adapter of another artifact was taken at a share of its strength, without training again. */
  scaled: z
    .object({ runId: z.string().min(1).max(100), fingerprint: sha256Schema, strength: z.number().gt(0).lt(1) })
    .optional(),
  /** What it still finds of the general set; absent where that was not measured. */
  retention: retentionSchema.optional(),
  /** Every file of the folder but this one, by path. */
  files: z.array(fileSchema).min(1).max(200),
});

export const TRAINED = ["dataset", "split", "hyperparameters", "seed", "training"] as const;

/** Trained here, and then all of it is said; or trained elsewhere, and then nothing is claimed. */
const isOfOneOrigin = (body: z.infer<typeof bodySchema>): boolean =>
  TRAINED.every((key) => (body[key] === null) === (body.imported !== undefined)) &&
  (body.imported !== undefined) === (body.schemaVersion === IMPORTED_VERSION) &&
  (body.imported !== undefined || body.device !== null);
const ORIGIN = { error: "must say how it was trained, or that it was imported", path: ["imported"] };

/** A manifest before its fingerprint and digest. */
export const manifestBodySchema = bodySchema.refine(isOfOneOrigin, ORIGIN);

export const manifestSchema = bodySchema
  .extend({
    /** Which model makes a vector: SHA-256 over base, prompts and the files that decide it ({@link modelFingerprint}). */
    fingerprint: sha256Schema,
    /** SHA-256 over all the rest of this manifest in canonical JSON: an altered number shows. */
    digest: sha256Schema,
  })
  .refine(isOfOneOrigin, ORIGIN);
