import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { FormsState } from "./store.ts";

export const useForms = <T>(select: (state: FormsState) => T): T => useStore(useStores().forms, select);
