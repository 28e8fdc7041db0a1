import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { StrengthsState } from "./store.ts";

export const useStrengths = <T>(select: (state: StrengthsState) => T): T => useStore(useStores().strengths, select);
