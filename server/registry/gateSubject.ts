/** What the gate judges, and the form of one check's answer. */
import type { GateCheck } from "../../src/domain/api/index.ts";
import type { Problem } from "../../src/domain/errors.ts";
import { HEADLINE_METRIC } from "../../src/domain/evaluation/metrics.ts";
import type { MetricName } from "../../src/domain/evaluation/types.ts";
import type { ArtifactFacts, RecordedComparison } from "./artifact.ts";
import type { QueryScores } from "./interval.ts";

/** The metric a version is judged by. */
export const GATE_METRIC: MetricName = HEADLINE_METRIC;

/** One side of the gate. */
export interface GateSubject extends ArtifactFacts {
  version: string;
  /** Score of each query on the gate's metric, with the queries' components; null when the artifact has none. */
  perQuery: QueryScores | null;
}

export interface GateInput {
  candidate: GateSubject;
  production: GateSubject | null;
  /** What the digests of all files say; null when they match. */
  damage: Problem | null;
  /** Prompt in the folder's config_sentence_transformers.json: what other tools will use. */
  configuredPrompt: { query: string; document: string } | null;
  /** The base this server has under the candidate's base id; null when it has none. */
  localBase: { name: string; sha256: string } | null;
  /** EMBEDDING_MODEL when it is set. */
  configuredBase: string | null;
  /** Allowed depth of the interval's lower bound below zero. */
  margin: number;
}

/** The comparison a version is judged by. */
export const headlineOf = (comparisons: readonly RecordedComparison[]): RecordedComparison | undefined =>
  comparisons.find((comparison) => comparison.metric === GATE_METRIC);

/** A check's answer; it can be overridden and carries no figures unless `rest` says so. */
export const check = (
  code: string,
  outcome: GateCheck["outcome"],
  message: string,
  hint = "",
  rest: Partial<GateCheck> = {},
): GateCheck => ({ code, outcome, overridable: true, message, hint, evidence: null, ...rest });
