import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { EngineState } from "./store.ts";

export const useEngine = <T>(select: (state: EngineState) => T): T => useStore(useStores().engine, select);
