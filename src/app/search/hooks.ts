import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { JudgementsState } from "./judgementsStore.ts";
import type { PageModelsState } from "./pageModelsStore.ts";
import type { SearchState } from "./store.ts";

export const useJudgements = <T>(select: (state: JudgementsState) => T): T => useStore(useStores().judgements, select);
export const usePageModels = <T>(select: (state: PageModelsState) => T): T => useStore(useStores().pageModels, select);
export const useSearch = <T>(select: (state: SearchState) => T): T => useStore(useStores().search, select);
