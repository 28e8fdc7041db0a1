import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { ForecastState } from "./forecastStore.ts";
import type { PromptLabState } from "./instructionEvalStore.ts";
import type { LiveRunState } from "./liveStore.ts";
import type { RunPlanState } from "./planStore.ts";
import type { RunsState } from "./store.ts";

export const useForecast = <T>(select: (state: ForecastState) => T): T => useStore(useStores().forecast, select);
export const usePromptLab = <T>(select: (state: PromptLabState) => T): T => useStore(useStores().promptLab, select);
export const useLiveRun = <T>(select: (state: LiveRunState) => T): T => useStore(useStores().live, select);
export const useRunPlan = <T>(select: (state: RunPlanState) => T): T => useStore(useStores().plan, select);
export const useRuns = <T>(select: (state: RunsState) => T): T => useStore(useStores().runs, select);
