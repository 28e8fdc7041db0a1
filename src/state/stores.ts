import { createContext, useContext } from "react";
import type { ComparisonStore } from "./comparison.ts";
import type { DatasetsStore } from "./datasets.ts";
import type { LengthsStore } from "./datasetsLengths.ts";
import type { EngineStore } from "./engine.ts";
import type { ExclusionsStore } from "./exclusions.ts";
import type { MiningStore } from "./mining.ts";
import type { ModelsStore } from "./models.ts";
import type { PageModelsStore } from "./pageModels.ts";
import type { PromptLabStore } from "./promptLab.ts";
import type { RunsStore } from "./runs.ts";
import type { ForecastStore } from "./forecast.ts";
import type { LiveRunStore } from "./runsLive.ts";
import type { RunPlanStore } from "./runsPlan.ts";
import type { SearchStore } from "./search.ts";
import type { JudgementsStore } from "./searchJudgements.ts";
import type { ServerStore } from "./server.ts";
import type { SettingsStore } from "./settings.ts";

/** Every store of the page. `main.tsx` builds them once and hands them down; a new store gets a field here. */
export interface Stores {
  datasets: DatasetsStore;
  lengths: LengthsStore;
  runs: RunsStore;
  live: LiveRunStore;
  plan: RunPlanStore;
  engine: EngineStore;
  settings: SettingsStore;
  server: ServerStore;
  models: ModelsStore;
  search: SearchStore;
  pageModels: PageModelsStore;
  exclusions: ExclusionsStore;
  judgements: JudgementsStore;
  comparison: ComparisonStore;
  promptLab: PromptLabStore;
  mining: MiningStore;
  forecast: ForecastStore;
}

export const StoresContext = createContext<Stores | null>(null);

/** The stores of the page around this component. */
export const useStores = (): Stores => {
  const stores = useContext(StoresContext);
  if (!stores) throw new Error("StoresContext is missing above this component");
  return stores;
};
