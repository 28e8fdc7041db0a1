import { createContext, useContext } from "react";
import type { EngineStore } from "./engine.ts";
import type { RunsStore } from "./runs.ts";
import type { LiveRunStore } from "./runsLive.ts";
import type { ServerStore } from "./server.ts";
import type { SettingsStore } from "./settings.ts";

/** Every store of the page. `main.tsx` builds them once and hands them down; a new store gets a field here. */
export interface Stores {
  runs: RunsStore;
  live: LiveRunStore;
  engine: EngineStore;
  settings: SettingsStore;
  server: ServerStore;
}

export const StoresContext = createContext<Stores | null>(null);

/** The stores of the page around this component. */
export const useStores = (): Stores => {
  const stores = useContext(StoresContext);
  if (!stores) throw new Error("StoresContext is missing above this component");
  return stores;
};
