import { at } from "../../domain/present.ts";
import { headlineOf } from "../../domain/evaluation/index.ts";
import type { Provenance } from "../../domain/dataset/provenance.ts";
import type { QueryResult } from "../../domain/evaluation/types.ts";
import type { WholeRun } from "../../domain/run/types.ts";
import type { Experiment, ExperimentReceipt } from "../../domain/telemetry/experiment.ts";
import { slug } from "../../domain/telemetry/attributes.ts";
import { sha256Text } from "../../domain/text/index.ts";

/** Where finished evaluations go: the server passes them on to Langfuse, or writes their figures into its log. */
export interface ExperimentSink {
  /** @param traceparent  of the run, whose trace then carries the scores */
  send(experiment: Experiment, traceparent: string): Promise<ExperimentReceipt>;
}

const short = (id: string): string => at(id.split("/"), -1);

const scores = ({ bestRank, metrics }: QueryResult) => ({
  rank: bestRank,
  "recall@10": metrics["recall@10"],
  "mrr@10": metrics["mrr@10"],
  "ndcg@10": metrics["ndcg@10"],
});

/** The Langfuse data set, or the time, that a run's pairs were imported from; nothing for other pairs. */
const importedOf = (provenance: Provenance | undefined): Pick<Experiment, "imported"> => {
  if (!provenance || provenance.source === "documents") return {};
  const { source, from, to } = provenance;
  const name = (words: string | null) => (words === null ? null : slug(words));
  const named = source === "langfuse" ? { dataset: name(provenance.dataset), score: name(provenance.score) } : null;
  return { imported: { source, dataset: named?.dataset ?? null, score: named?.score ?? null, from, to } };
};

/** A run's evaluation as hashes and numbers; null while it has no scores, no verdict or no model to speak of. */
export const experimentOf = (run: WholeRun): Experiment | null => {
  const { baseline, tuned, artifact, trace, base } = run;
  const verdict = headlineOf(run.comparisons)?.verdict;
  if (!baseline || !tuned || !artifact || !trace?.promptHash || !trace.evaluated || !verdict) return null;
  const before = new Map(baseline.perQuery.map((result) => [result.query, result]));
  const queries = tuned.perQuery.flatMap((after) => {
    const text = run.queries[after.query]?.text;
    const same = before.get(after.query);
    return text === undefined || !same
      ? []
      : [{ queryHash: sha256Text(text), baseline: scores(same), tuned: scores(after) }];
  });
  if (queries.length === 0) return null;
  return {
    runId: run.id,
    // Not the run's name: a person chose it, and it holds the name of a file.
    name: `${short(base.id)}-${artifact.fingerprint.slice(0, 8)}`,
    model: {
      id: base.id,
      fingerprint: artifact.fingerprint,
      baseFingerprint: base.sha256,
      baseRevision: base.revision,
    },
    datasetHash: run.dataset.fingerprint,
    splitHash: run.splitHash,
    promptHash: trace.promptHash,
    ...trace.evaluated,
    verdict,
    measuredOn: tuned.measuredOn ?? "real questions",
    ...importedOf(run.dataset.provenance),
    baseline: baseline.metrics,
    tuned: tuned.metrics,
    queries,
  };
};
