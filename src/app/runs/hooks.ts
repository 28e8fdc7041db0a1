import type { FinishedRunState } from "./finishedRun.ts";
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import type { TaskQuery } from "../../domain/evaluation/types.ts";
import type { RunContents, RunRecord, RunSeries, WholeRun } from "../../domain/run/types.ts";
import { useStores } from "../stores.ts";
import type { Loaded, RunContentsState } from "./contentsStore.ts";
import type { ForecastState } from "./forecastStore.ts";
import type { InstructionEvalState } from "./instructionEvalStore.ts";
import type { LiveRunState } from "./liveStore.ts";
import type { RunPlanState } from "./planStore.ts";
import type { SampleForecastState } from "./sampleForecast.ts";
import type { RunsState } from "./store.ts";

export const useForecast = <T>(select: (state: ForecastState) => T): T => useStore(useStores().forecast, select);
export const useInstructionEval = <T>(select: (state: InstructionEvalState) => T): T =>
  useStore(useStores().instructionEval, select);
export const useLiveRun = <T>(select: (state: LiveRunState) => T): T => useStore(useStores().live, select);
export const useRunPlan = <T>(select: (state: RunPlanState) => T): T => useStore(useStores().plan, select);
export const useRuns = <T>(select: (state: RunsState) => T): T => useStore(useStores().runs, select);

const useRunContents = <T>(select: (state: RunContentsState) => T): T => useStore(useStores().runContents, select);

const LOADING = { status: "loading" } as const;

/** Reads the contents of runs as soon as a screen asks for them; by run id. */
const useContentsOf = (ids: readonly string[]): RunContentsState["contents"] => {
  const contents = useRunContents((state) => state.contents);
  const open = useRunContents((state) => state.openContents);
  const absent = ids.filter((id) => !contents[id]).join("\n");
  useEffect(() => {
    for (const id of absent.split("\n")) if (id) void open(id);
  }, [absent, open]);
  return contents;
};

const whole = (run: RunRecord, loaded: Loaded<RunContents> | undefined): Loaded<WholeRun> =>
  loaded?.status === "ready" ? { status: "ready", value: { ...run, ...loaded.value } } : (loaded ?? LOADING);

/** Runs with their texts and results. */
export const useWholeRuns = (runs: readonly RunRecord[]): Loaded<WholeRun>[] => {
  const contents = useContentsOf(runs.map(({ id }) => id));
  return runs.map((run) => whole(run, contents[run.id]));
};

/** One run with its texts and results; the same object until one of them changes. */
export const useWholeRun = (run: RunRecord): Loaded<WholeRun> => {
  const loaded = useContentsOf([run.id])[run.id];
  return useMemo(() => whole(run, loaded), [run, loaded]);
};

/** Texts of documents of a run, by their places; one that is being read is null. */
export const useDocuments = (runId: string, places: readonly number[]): ((place: number) => string | null) => {
  const read = useRunContents((state) => state.documents[runId]);
  const open = useRunContents((state) => state.readDocuments);
  const absent = places.filter((place) => read?.[place] === undefined).join(" ");
  useEffect(() => {
    if (absent) open(runId, absent.split(" ").map(Number)).catch(reportError);
  }, [absent, open, runId]);
  return (place) => read?.[place] ?? null;
};

/** Reads documents of a run, for what is done at once. */
export const useReadDocuments = () => useRunContents((state) => state.readDocuments);

/** Hands the person a run's test as a file for other tools. */
export const useTaskFile = () => useRunContents((state) => state.saveTaskFile);
export const useRankingFile = () => useRunContents((state) => state.saveRanking);

/** Texts of a run's dev queries, read when a screen asks for them. */
export const useDevQueries = (runId: string): Loaded<TaskQuery[]> => {
  const loaded = useRunContents((state) => state.devQueries[runId]);
  const open = useRunContents((state) => state.openDevQueries);
  useEffect(() => {
    if (!loaded) void open(runId);
  }, [loaded, open, runId]);
  return loaded ?? LOADING;
};

/** The curves of a run: while it is under way as they come, else as they are stored. */
export const useRunSeries = (runId: string): Loaded<RunSeries> => {
  const live = useLiveRun((state) => (state.live?.runId === runId ? state.live.series : null));
  const loaded = useRunContents((state) => state.series[runId]);
  const open = useRunContents((state) => state.openSeries);
  useEffect(() => {
    if (!live && !loaded) void open(runId);
  }, [live, loaded, open, runId]);
  return live ? { status: "ready", value: live } : (loaded ?? LOADING);
};

/** The finished run that ships with the studio. */
export const useFinishedRun = <T>(select: (state: FinishedRunState) => T): T =>
  useStore(useStores().finishedRun, select);

/** How long the default run on the sample takes here. */
export const useSampleForecast = <T>(select: (state: SampleForecastState) => T): T =>
  useStore(useStores().sampleForecast, select);
