import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { RetentionState } from "./store.ts";

export const useRetention = <T>(select: (state: RetentionState) => T): T => useStore(useStores().retention, select);
