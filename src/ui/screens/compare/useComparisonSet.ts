import { useEffect, useMemo } from "react";
import { useSearchParams } from "react-router";
import { notComparable } from "../../../app/comparison/config.ts";
import { useComparison } from "../../../app/comparison/hooks.ts";
import { comparisonKey, NO_EXTERNAL, pipelineKey, type Compared } from "../../../app/comparison/store.ts";
import { useRuns, useWholeRuns } from "../../../app/runs/hooks.ts";
import type { RetrievalEvaluation } from "../../../domain/evaluation/types.ts";
import { at, present } from "../../../domain/present.ts";
import type { RunRecord, WholeRun } from "../../../domain/run/types.ts";
import type { SeriesLook } from "../../charts/index.ts";

/** One model on the screen with its figures. */
export interface Shown {
  id: string;
  label: string;
  look: SeriesLook;
  evaluation: RetrievalEvaluation;
  /** The run it comes from; null for baseline, BM25, hybrid search, reranked or not, and other systems. */
  run: RunRecord | null;
  compared: Compared | undefined;
}
export interface ComparisonSet {
  pinned: Shown;
  /** Everything but the pinned model; the run of the address first. */
  models: Shown[];
  /** What tuning adds where search is hybrid; undefined until it is computed, or where BM25 was not scored. */
  beyondHybrid: Compared | undefined;
  /** Hybrid search with the tuned model against the tuned model alone; undefined as {@link beyondHybrid}. */
  mixing: Compared | undefined;
  /** The tuned model against BM25; undefined as {@link beyondHybrid}. */
  besideWords: Compared | undefined;
  /** Whether every figure that is to come is there, or cannot be had. */
  settled: boolean;
  runs: RunRecord[];
  refused: { run: RunRecord; reason: string }[];
  /** Ids in the address of runs that this browser does not have. */
  missing: string[];
}

/** Which runs stand beside the main one, what they are measured against, and what is open below, as the address says. */
export const useComparisonAddress = () => {
  const [params, setParams] = useSearchParams();
  const change = (name: string, value: string | null, options?: { replace: boolean }) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
      return next;
    }, options);
  return {
    others: useMemo(() => params.get("with")?.split(",").filter(Boolean) ?? [], [params]),
    pin: params.get("pin") ?? "base",
    setOthers: (ids: readonly string[]) => change("with", ids.join(",")),
    setPin: (id: string) => change("pin", id === "base" ? null : id),
    more: useMemo(() => params.get("more")?.split(",").filter(Boolean) ?? [], [params]),
    setMore: (ids: readonly string[]) => change("more", ids.join(","), { replace: true }),
  };
};

/** The models to show for a scored run, with their statistics as they come in. */
export const useComparisonSet = (main: WholeRun, others: readonly string[], pin: string): ComparisonSet => {
  const runs = useRuns((state) => state.runs);
  const compared = useComparison((state) => state.compared);
  const compare = useComparison((state) => state.compare);
  const pipeline = useComparison((state) => state.pipelines[pipelineKey(main)]);
  const fuse = useComparison((state) => state.fuse);
  useEffect(() => void fuse(main), [fuse, main]);
  const external = useComparison((state) => state.external[main.id] ?? NO_EXTERNAL);
  const chosen = others.filter((id) => id !== main.id).map((id) => ({ id, run: runs.find((one) => one.id === id) }));
  const judged = chosen.flatMap(({ run }) => (run ? [{ run, reason: notComparable(main, run) }] : []));
  const comparable = judged.flatMap(({ run, reason }) => (reason === null ? [run] : []));
  const read = useWholeRuns(comparable);
  const allowed = [main, ...read.flatMap((run) => (run.status === "ready" ? [run.value] : []))];
  const unreadable = comparable.flatMap((run, index) => {
    const loaded = read[index];
    return loaded?.status === "failed" ? [{ run, reason: loaded.problem.message }] : [];
  });

  const all = [
    {
      id: "base",
      label: "Baseline",
      look: "baseline" as const,
      evaluation: present(main.baseline, "baseline score"),
      run: null,
    },
    ...allowed.map((run, index) => ({
      id: run.id,
      // Alone, a run is what its screen is about; beside others it needs its name.
      label: allowed.length === 1 ? "Tuned" : run.name,
      look: index,
      evaluation: present(run.tuned, "score of the tuned model"),
      run,
    })),
    ...(main.bm25 ? [{ id: "bm25", label: "BM25", look: "bm25" as const, evaluation: main.bm25, run: null }] : []),
    ...(pipeline
      ? [
          {
            id: "hybrid-base",
            label: "Hybrid, baseline",
            look: "hybrid-baseline" as const,
            evaluation: pipeline.baseline,
            run: null,
          },
          {
            id: "hybrid-tuned",
            label: "Hybrid, tuned",
            look: "hybrid-tuned" as const,
            evaluation: pipeline.tuned,
            run: null,
          },
        ]
      : []),
    ...(main.reranked
      ? [
          {
            id: "reranked-base",
            label: "Reranked, baseline",
            look: allowed.length,
            evaluation: main.reranked.baseline,
            run: null,
          },
          {
            id: "reranked-tuned",
            label: "Reranked, tuned",
            look: allowed.length + 1,
            evaluation: main.reranked.tuned,
            run: null,
          },
        ]
      : []),
    ...external.map(({ evaluation }, index) => ({
      id: `external ${evaluation.label}`,
      label: evaluation.label,
      look: allowed.length + (main.reranked ? 2 : 0) + index,
      evaluation,
      run: null,
    })),
  ];
  const pinned = all.find(({ id }) => id === pin) ?? at(all, 0);
  const keyed = all.map((model) => {
    const against = model.id === pinned.id ? null : pinned.evaluation;
    return { ...model, against, key: comparisonKey(main, against, model.evaluation) };
  });

  const keys = keyed.map(({ key }) => key).join("\n");
  useEffect(() => {
    for (const { against, evaluation } of keyed) void compare(main, against, evaluation);
    if (pipeline) {
      void compare(main, pipeline.baseline, pipeline.tuned);
      void compare(main, main.tuned, pipeline.tuned);
    }
    if (main.bm25 && main.tuned) void compare(main, main.bm25, main.tuned);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the keys name the evaluations, which are new objects at each render
  }, [keys, compare]);

  const shown: Shown[] = keyed.map(({ key, against: _, ...model }) => ({ ...model, compared: compared[key] }));
  const settles = (one: Compared | undefined) => one !== undefined && one.status !== "working";
  return {
    pinned: present(
      shown.find(({ id }) => id === pinned.id),
      "pinned model",
    ),
    models: shown.filter(({ id }) => id !== pinned.id),
    beyondHybrid: pipeline && compared[comparisonKey(main, pipeline.baseline, pipeline.tuned)],
    mixing: pipeline && compared[comparisonKey(main, main.tuned, pipeline.tuned)],
    besideWords: main.bm25 && main.tuned ? compared[comparisonKey(main, main.bm25, main.tuned)] : undefined,
    settled: (pipeline !== undefined || main.bm25 === null) && shown.every((model) => settles(model.compared)),
    runs: allowed,
    refused: [...judged.flatMap(({ run, reason }) => (reason === null ? [] : [{ run, reason }])), ...unreadable],
    missing: chosen.flatMap(({ id, run }) => (run ? [] : [id])),
  };
};
