import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import type { Experiment, ExperimentReceipt } from "../../src/domain/telemetry/experiment.ts";
import { sha256 } from "../lib/hash.ts";
import type { Langfuse, Score } from "./langfuse.ts";
import type { OtlpAttribute, OtlpRequest, OtlpSpan } from "./otlp.ts";
import { sanitize } from "./sanitize.ts";

/** Ids follow from content, so that sending an evaluation twice updates it instead of doubling it. */
const digest = (length: number, ...parts: string[]): string => sha256(parts.join("\u0000")).slice(0, length);

const attribute = (key: string, value: string | number | boolean | null): OtlpAttribute[] => {
  if (value === null) return [];
  if (typeof value === "string") return [{ key, value: { stringValue: value } }];
  if (typeof value === "boolean") return [{ key, value: { boolValue: value } }];
  return [{ key, value: { doubleValue: value } }];
};

const PER_QUERY = ["recall@10", "mrr@10", "ndcg@10"] as const;

interface Built {
  request: OtlpRequest;
  scores: Score[];
  traceId: string;
}

/** The span under which an evaluation was computed, as the caller's `traceparent` names it. */
export interface ParentSpan {
  traceId: string;
  spanId: string;
}

/**
 * The spans and scores of an evaluation: one trace for each query, and the run's figures on the trace of the run itself,
 * or on one of their own when the caller named none.
 */
const buildExperiment = (experiment: Experiment, parent: ParentSpan | null = null): Built => {
  const { runId, model } = experiment;
  const nanos = (milliseconds: number) => `${milliseconds}000000`;
  const times = {
    startTimeUnixNano: nanos(experiment.startedAt),
    endTimeUnixNano: nanos(Math.max(experiment.startedAt, experiment.endedAt)),
  };
  const experimentId = digest(32, "experiment", runId, model.fingerprint);
  const shared = [
    ...attribute(ATTRIBUTE.observationType, "evaluator"),
    ...attribute(ATTRIBUTE.modelName, model.id),
    ...attribute(ATTRIBUTE.modelId, model.id),
    ...attribute(ATTRIBUTE.modelFingerprint, model.fingerprint),
    ...attribute(ATTRIBUTE.modelRole, "tuned"),
    ...attribute(ATTRIBUTE.baseRevision, model.baseRevision),
    ...attribute(ATTRIBUTE.datasetHash, experiment.datasetHash),
    ...attribute(ATTRIBUTE.splitHash, experiment.splitHash),
    ...attribute(ATTRIBUTE.promptHash, experiment.promptHash),
    ...attribute(ATTRIBUTE.runId, runId),
  ];
  const root = (name: string) => [...attribute(ATTRIBUTE.appRoot, true), ...attribute(ATTRIBUTE.traceName, name)];
  const traceId = parent?.traceId ?? digest(32, "run", runId, model.fingerprint);
  const scores: Score[] = [];
  const score = (trace: string, name: string, value: number | string) =>
    scores.push({
      id: digest(32, trace, name),
      traceId: trace,
      name,
      value,
      dataType: typeof value === "number" ? "NUMERIC" : "CATEGORICAL",
    });

  const run: OtlpSpan = {
    traceId,
    spanId: digest(16, "run-span", runId, model.fingerprint),
    ...(parent ? { parentSpanId: parent.spanId } : {}),
    name: "evaluation.run",
    kind: 1,
    ...times,
    attributes: [
      ...shared,
      ...(parent ? [] : root("evaluation.run")),
      ...attribute(ATTRIBUTE.queries, experiment.queries.length),
      ...attribute(ATTRIBUTE.verdict, experiment.verdict),
    ],
  };
  for (const [name, value] of Object.entries(experiment.tuned)) {
    score(traceId, name, value);
    const before = experiment.baseline[name];
    if (before === undefined) continue;
    score(traceId, `baseline_${name}`, before);
    score(traceId, `delta_${name}`, value - before);
  }
  score(traceId, "verdict", experiment.verdict);

  const spans = experiment.queries.map(({ queryHash, baseline, tuned }): OtlpSpan => {
    const trace = digest(32, "query", runId, model.fingerprint, queryHash);
    const spanId = digest(16, "query-span", trace);
    for (const name of PER_QUERY) {
      score(trace, name, tuned[name]);
      score(trace, `delta_${name}`, tuned[name] - baseline[name]);
    }
    return {
      traceId: trace,
      spanId,
      name: "evaluation.query",
      kind: 1,
      ...times,
      attributes: [
        ...shared,
        ...root("evaluation.query"),
        ...attribute(ATTRIBUTE.experimentId, experimentId),
        ...attribute(ATTRIBUTE.experimentName, experiment.name),
        ...attribute(ATTRIBUTE.experimentDataset, experiment.datasetHash),
        ...attribute(ATTRIBUTE.experimentItem, queryHash),
        ...attribute(ATTRIBUTE.experimentRoot, spanId),
        ...attribute(ATTRIBUTE.queryHash, queryHash),
        ...attribute(ATTRIBUTE.rankBaseline, baseline.rank),
        ...attribute(ATTRIBUTE.rankTuned, tuned.rank),
      ],
    };
  });
  const resource = { attributes: attribute("service.name", "recall-studio-server") };
  return {
    request: {
      resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "recall-studio" }, spans: [run, ...spans] }] }],
    },
    scores,
    traceId,
  };
};

/** Sends an evaluation; resolves when all of it is safe in the queue. */
export const sendExperiment = async (
  experiment: Experiment,
  langfuse: Langfuse | null,
  parent: ParentSpan | null = null,
): Promise<ExperimentReceipt> => {
  const { request, scores, traceId } = buildExperiment(experiment, parent);
  const safe = sanitize(request, false);
  if (!langfuse) return { connected: false, traces: 0, scores: 0, traceId, url: null };
  await langfuse.traces(safe.request);
  for (const score of scores) await langfuse.score(score);
  return {
    connected: true,
    traces: safe.accepted,
    scores: scores.length,
    traceId,
    url: langfuse.traceUrl(traceId),
  };
};
