import { ATTRIBUTE, EXPERIMENT_DESCRIPTION, EXPERIMENT_ENVIRONMENT } from "../../src/domain/telemetry/attributes.ts";
import type { Experiment } from "../../src/domain/telemetry/experiment.ts";
import { sha256 } from "../lib/hash.ts";
import type { OtlpAttribute, OtlpRequest, OtlpSpan } from "./otlp.ts";
import type { Score } from "./scores.ts";

/** Ids follow from content, so that sending an evaluation twice updates it instead of doubling it. */
const digest = (length: number, ...parts: string[]): string => sha256(parts.join("\u0000")).slice(0, length);

const attributesOf = (values: Record<string, string | number | boolean | null>): OtlpAttribute[] =>
  Object.entries(values).flatMap(([key, value]): OtlpAttribute[] => {
    if (value === null) return [];
    if (typeof value === "string") return [{ key, value: { stringValue: value } }];
    return [{ key, value: typeof value === "boolean" ? { boolValue: value } : { doubleValue: value } }];
  });

const PER_QUERY = ["recall@10", "mrr@10", "ndcg@10"] as const;
const ROLES = ["baseline", "tuned"] as const;
type Role = (typeof ROLES)[number];

/** The span under which an evaluation was computed, as the caller's `traceparent` names it. */
export interface ParentSpan {
  traceId: string;
  spanId: string;
  /** Whether nothing of that trace may ever come but what is sent here. */
  foreign: boolean;
}

/** The trace that carries an evaluation's figures: the caller's, or one of its own. */
export const traceOf = ({ runId, model }: Experiment, parent: ParentSpan | null): string =>
  parent?.traceId ?? digest(32, "run", runId, model.fingerprint);

/**
 * The spans and scores of an evaluation: two experiments over the same items, the base before and the model after tuning,
 * with a trace for each query, and the run's figures on both of them as well as on the trace of the run itself.
 *
 * @param datasetId    Langfuse's id of the test split; null leaves the experiments without a data set
 * @param environment  of the run's own scores
 */
export const buildExperiment = (
  experiment: Experiment,
  parent: ParentSpan | null,
  { datasetId, environment }: { datasetId: string | null; environment: string },
): { request: OtlpRequest; scores: Score[] } => {
  const { runId, model } = experiment;
  const endedAt = Math.max(experiment.startedAt, experiment.endedAt);
  const times = { startTimeUnixNano: `${experiment.startedAt}000000`, endTimeUnixNano: `${endedAt}000000` };
  const scores: Score[] = [];
  type Target = { traceId: string; observationId: string } | { datasetRunId: string };
  const score = (target: Target, name: string, value: number | string, of = EXPERIMENT_ENVIRONMENT) =>
    scores.push({
      ...target,
      id: digest(32, ...Object.values(target), name),
      name,
      value,
      dataType: typeof value === "number" ? "NUMERIC" : "CATEGORICAL",
      environment: of,
      timestamp: new Date(endedAt).toISOString(),
    });

  const data = {
    [ATTRIBUTE.datasetHash]: experiment.datasetHash,
    [ATTRIBUTE.splitHash]: experiment.splitHash,
    [ATTRIBUTE.promptHash]: experiment.promptHash,
    [ATTRIBUTE.runId]: runId,
    ...(experiment.measuredOn && { [ATTRIBUTE.measuredOn]: experiment.measuredOn }),
    ...importedFrom(experiment),
  };
  const modelOf = (role: Role) => ({
    [ATTRIBUTE.observationType]: "evaluator",
    [ATTRIBUTE.modelName]: model.id,
    [ATTRIBUTE.modelId]: model.id,
    [ATTRIBUTE.modelFingerprint]: role === "tuned" ? model.fingerprint : model.baseFingerprint,
    [ATTRIBUTE.modelRole]: role,
    [ATTRIBUTE.baseRevision]: model.baseRevision,
  });
  const entry = (name: string) => ({ [ATTRIBUTE.appRoot]: true, [ATTRIBUTE.traceName]: name });

  const run: OtlpSpan = {
    traceId: traceOf(experiment, parent),
    spanId: digest(16, "run-span", runId, model.fingerprint),
    ...(parent ? { parentSpanId: parent.spanId } : {}),
    name: "evaluation.run",
    kind: 1,
    ...times,
    attributes: attributesOf({
      ...modelOf("tuned"),
      ...data,
      ...(parent?.foreign === false ? {} : entry("evaluation.run")),
      [ATTRIBUTE.queries]: experiment.queries.length,
      [ATTRIBUTE.verdict]: experiment.verdict,
    }),
  };
  const spans = [run];

  const whole = (target: Target, environment?: string) => {
    for (const [name, value] of Object.entries(experiment.tuned)) {
      score(target, name, value, environment);
      const before = experiment.baseline[name];
      if (before !== undefined) score(target, `delta_${name}`, value - before, environment);
    }
    score(target, "verdict", experiment.verdict, environment);
  };
  const onRun = { traceId: run.traceId, observationId: run.spanId };
  whole(onRun, environment);
  for (const [name, value] of Object.entries(experiment.baseline)) score(onRun, `baseline_${name}`, value, environment);

  for (const role of ROLES) {
    const shared = { ...modelOf(role), ...data };
    const datasetRunId = digest(32, "experiment", runId, model.fingerprint, role);
    const described = {
      [ATTRIBUTE.experimentId]: datasetRunId,
      [ATTRIBUTE.experimentName]: `${experiment.name}-${role}`,
      [ATTRIBUTE.experimentDescription]: EXPERIMENT_DESCRIPTION[role],
      [ATTRIBUTE.experimentDataset]: datasetId,
      ...experimentMetadata(shared),
    };
    if (role === "tuned") whole({ datasetRunId });
    else for (const [name, value] of Object.entries(experiment.baseline)) score({ datasetRunId }, name, value);

    for (const { queryHash, baseline, tuned } of experiment.queries) {
      const traceId = digest(32, "query", runId, model.fingerprint, role, queryHash);
      const spanId = digest(16, "query-span", traceId);
      const target = { traceId, observationId: spanId };
      const measured = role === "tuned" ? tuned : baseline;
      for (const name of PER_QUERY) {
        score(target, name, measured[name]);
        if (role === "tuned") score(target, `delta_${name}`, tuned[name] - baseline[name]);
      }
      spans.push({
        traceId,
        spanId,
        name: "evaluation.query",
        kind: 1,
        ...times,
        attributes: attributesOf({
          ...shared,
          ...entry("evaluation.query"),
          ...described,
          [ATTRIBUTE.experimentItem]: queryHash,
          [ATTRIBUTE.experimentRoot]: spanId,
          [ATTRIBUTE.queryHash]: queryHash,
          [ATTRIBUTE.rankBaseline]: baseline.rank,
          [ATTRIBUTE.rankTuned]: role === "tuned" ? tuned.rank : null,
        }),
      });
    }
  }
  const resource = { attributes: attributesOf({ "service.name": "recall-studio-server" }) };
  return {
    request: { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "recall-studio" }, spans }] }] },
    scores,
  };
};

/** Langfuse's own data set, or the time, whose judged retrievals the run was trained on. */
const importedFrom = ({ imported }: Experiment): Record<string, string> => {
  if (!imported) return {};
  const { source, dataset, score, from, to } = imported;
  return {
    [ATTRIBUTE.importedFrom]: source,
    ...(dataset !== null && { [ATTRIBUTE.importedDataset]: dataset }),
    ...(score !== null && { [ATTRIBUTE.importedScore]: score }),
    ...(from !== null && { [ATTRIBUTE.importedSince]: from }),
    ...(to !== null && { [ATTRIBUTE.importedUntil]: to }),
  };
};

const OBSERVATION_METADATA = "langfuse.observation.metadata.";

/** What a span says of model and data, said of the experiment as a whole. */
const experimentMetadata = (shared: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(shared)
      .filter(([key]) => key.startsWith(OBSERVATION_METADATA))
      .map(([key, value]) => [`langfuse.experiment.metadata.${key.slice(OBSERVATION_METADATA.length)}`, value]),
  );
