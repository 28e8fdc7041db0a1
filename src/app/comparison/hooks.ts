import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { ComparisonState } from "./store.ts";

export const useComparison = <T>(select: (state: ComparisonState) => T): T => useStore(useStores().comparison, select);
