import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { ModelsState } from "./store.ts";

export const useModels = <T>(select: (state: ModelsState) => T): T => useStore(useStores().models, select);
