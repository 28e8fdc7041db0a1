import { useStore } from "zustand";
import { useStores } from "../stores.ts";
import type { ServerState } from "./serverStore.ts";
import type { SettingsState } from "./store.ts";

export const useServer = <T>(select: (state: ServerState) => T): T => useStore(useStores().server, select);
export const useSettings = <T>(select: (state: SettingsState) => T): T => useStore(useStores().settings, select);
