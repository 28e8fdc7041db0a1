import type { Attributes } from "@opentelemetry/api";
import type { Problem } from "../../src/domain/errors.ts";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import type { ModelIdentity, ModelSource } from "./modelSource.ts";

/** What every span about vectors says of the model. */
export const modelAttributes = (identity: ModelIdentity, fallback: Problem | null = null): Attributes => ({
  [ATTRIBUTE.modelName]: identity.baseId,
  [ATTRIBUTE.modelId]: identity.baseId,
  [ATTRIBUTE.modelFingerprint]: identity.fingerprint,
  [ATTRIBUTE.modelRole]: identity.role,
  [ATTRIBUTE.baseRevision]: identity.baseRevision,
  [ATTRIBUTE.datasetHash]: identity.datasetHash,
  [ATTRIBUTE.version]: identity.version ?? undefined,
  [ATTRIBUTE.backend]: identity.backend,
  [ATTRIBUTE.fallbackReason]: fallback?.code,
});

/** The same facts for a log line. */
export const modelFields = ({ fingerprint, datasetHash, version }: ModelIdentity) => ({
  model_fingerprint: fingerprint,
  dataset_hash: datasetHash ?? null,
  version,
});

/** For a span about a model that need not be loaded; nothing when this server does not have it. */
export const sourceAttributes = (source: ModelSource | null): Attributes =>
  source
    ? {
        [ATTRIBUTE.modelName]: source.tuned?.base.id ?? source.base.name,
        [ATTRIBUTE.modelId]: source.tuned?.base.id ?? source.base.name,
        [ATTRIBUTE.modelFingerprint]: source.fingerprint,
        [ATTRIBUTE.modelRole]: source.tuned ? "tuned" : "baseline",
        [ATTRIBUTE.datasetHash]: source.tuned?.datasetHash,
        [ATTRIBUTE.version]: source.tuned?.version ?? undefined,
      }
    : {};

/** For a line about a model that need not be loaded. */
export const sourceFields = (source: ModelSource | null, fingerprint = source?.fingerprint ?? null) => ({
  model_fingerprint: fingerprint,
  dataset_hash: source?.tuned?.datasetHash ?? null,
  version: source?.tuned?.version ?? null,
});

/** What an embedding took, in Langfuse's form. */
export const usageAttributes = (tokens: number): Attributes => ({
  [ATTRIBUTE.usage]: JSON.stringify({ input: tokens, total: tokens }),
});
