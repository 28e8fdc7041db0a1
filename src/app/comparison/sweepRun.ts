import { at } from "../../domain/present.ts";
import {
  HEADLINE_METRIC,
  STRENGTHS,
  bestPoint,
  detectableChange,
  headlineOf,
  matryoshkaDims,
} from "../../domain/evaluation/index.ts";
import type { Comparison, RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { DataService, TaskSize } from "../../worker/data/protocol.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import { compareModel, type ComparePorts, type MetricIntervals } from "./compareRuns.ts";

/** One point of a sweep, scored on the dev queries. */
export interface SweepPoint {
  /** The strength λ, or the number of dimensions. */
  at: number;
  evaluation: RetrievalEvaluation;
  intervals: MetricIntervals;
  /** Against the run as it was trained (λ = 1, all dimensions); null for that point itself. */
  comparison: Comparison | null;
}

export interface RunSweep {
  queries: number;
  corpus: number;
  strengths: SweepPoint[];
  dims: SweepPoint[];
}

export interface SweepPorts {
  data: Pick<DataService, "task"> & ComparePorts;
  engine: Pick<EngineService, "evaluate">;
}

/**
 * Scores a run's adapter at every strength and its embeddings at every dimension on the dev queries; the test stays scored
 * once. The engine must hold the run's base and adapter. Shorter embeddings come from the pass at full strength.
 */
export const sweepRun = async (
  run: RunRecord,
  dev: TaskSize,
  { data, engine }: SweepPorts,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<RunSweep> => {
  const reading = { instruction: run.instruction || null, maxTokens: run.hyperparameters.maxTokens };
  const texts = dev.documents + dev.queries;
  const total = texts * STRENGTHS.length;
  let passes = 0;
  const score = async (point: { strength?: number; dim?: number }) =>
    engine.evaluate(
      { which: "tuned", ...reading, ...point },
      (await data.task({ run: run.id, side: "dev" })).task,
      (done) => onProgress(Math.min(total, passes * texts + done), total),
      signal,
    );
  const strengths: { at: number; evaluation: RetrievalEvaluation }[] = [];
  for (const at of STRENGTHS) {
    strengths.push({ at, evaluation: await score({ strength: at }) });
    passes++;
  }
  const full = at(strengths, -1).evaluation;
  const dims: typeof strengths = [];
  for (const at of matryoshkaDims(run.base.dim))
    dims.push({ at, evaluation: at === run.base.dim ? full : await score({ dim: at }) });

  const judged = async ({ at, evaluation }: (typeof strengths)[number]): Promise<SweepPoint> => {
    const against = evaluation === full ? null : full;
    const { comparisons, intervals } = await compareModel([], against, evaluation, data);
    return { at, evaluation, intervals, comparison: headlineOf(comparisons) ?? null };
  };
  return {
    queries: full.queries,
    corpus: full.corpus,
    strengths: await Promise.all(strengths.map(judged)),
    dims: await Promise.all(dims.map(judged)),
  };
};

const share = (value: number): string => `${(value * 100).toFixed(1)} %`;

/** What these dev queries can show at all, from a comparison on them. */
const visibleFrom = (comparison: Comparison): string =>
  `these dev queries can only show a change of ${Math.round(detectableChange(comparison) * 100)} points or more`;

/** `Strength 0.75 reaches`, `Strengths 0.5 and 0.75 reach`. */
const named = (points: readonly SweepPoint[]): string =>
  points.length === 1
    ? `Strength ${points[0]?.at} reaches`
    : `Strengths ${new Intl.ListFormat("en").format(points.map(({ at }) => String(at)))} reach`;

/** What the strengths say: whether another one than the trained does as well or better, and how sure that is. */
export const strengthAdvice = ({ strengths }: RunSweep): string => {
  const best = bestPoint([...strengths].reverse(), HEADLINE_METRIC);
  const trained = strengths.at(-1);
  if (!best || !trained) return "";
  const reached = (point: SweepPoint): number => point.evaluation.metrics[HEADLINE_METRIC];
  if (best.at === trained.at) {
    const level = strengths.filter((point) => point !== trained && reached(point) === reached(trained));
    const next = strengths.at(-2)?.comparison;
    const power = next ? ` ${visibleFrom(next).replace(/^t/, "T")}.` : "";
    return level.length === 0
      ? `No weaker strength does better on the dev queries.${power}`
      : `${named(level)} as much as full strength (${share(reached(trained))}); none does better.${power}`;
  }
  const gain = `Strength ${best.at} reaches ${share(reached(best))}, full strength ${share(reached(trained))}`;
  return best.comparison?.verdict === "improved"
    ? `${gain}: train again with alpha × ${best.at}, or for fewer epochs.`
    : `${gain}; these dev queries cannot tell them apart.`;
};

/** What a shorter embedding may cost on the headline metric and still be worth its size. */
const TOLERATED = 0.02;

/** What shorter embeddings cost: the shortest that lost next to nothing, and what these queries can show at all. */
export const dimensionAdvice = ({ dims }: RunSweep): string => {
  const full = dims[0];
  if (!full) return "";
  const shortest = dims.findLast(({ comparison }) => comparison === null || comparison.delta >= -TOLERATED) ?? full;
  if (!shortest.comparison)
    return `Every shorter embedding loses more than 2 points against all ${full.at} dimensions.`;
  return (
    `${shortest.at} of ${full.at} dimensions reach ${share(shortest.evaluation.metrics[HEADLINE_METRIC])}, ` +
    `all of them ${share(full.evaluation.metrics[HEADLINE_METRIC])}; ${visibleFrom(shortest.comparison)}.`
  );
};
