import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { ExclusionsState } from "./exclusionsStore.ts";
import type { LengthsState } from "./lengthsStore.ts";
import type { MiningState } from "./miningStore.ts";
import type { DatasetsState } from "./state.ts";

export const useExclusions = <T>(select: (state: ExclusionsState) => T): T => useStore(useStores().exclusions, select);
export const useLengths = <T>(select: (state: LengthsState) => T): T => useStore(useStores().lengths, select);
export const useMining = <T>(select: (state: MiningState) => T): T => useStore(useStores().mining, select);
export const useDatasets = <T>(select: (state: DatasetsState) => T): T => useStore(useStores().datasets, select);
