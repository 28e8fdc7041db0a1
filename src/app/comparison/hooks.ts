import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { RerankState } from "./rerankStore.ts";
import type { ComparisonState } from "./store.ts";

export const useReranks = <T>(select: (state: RerankState) => T): T => useStore(useStores().reranks, select);
export const useComparison = <T>(select: (state: ComparisonState) => T): T => useStore(useStores().comparison, select);
