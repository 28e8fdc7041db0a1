import { createContext, useContext } from "react";
import type { FormsStore } from "./forms/store.ts";
import type { FeedbackStore } from "./imports/feedbackStore.ts";
import type { LangfuseImportStore } from "./imports/langfuseStore.ts";
import type { RerankStore } from "./comparison/rerankStore.ts";
import type { ComparisonStore } from "./comparison/store.ts";
import type { DatasetsStore } from "./datasets/state.ts";
import type { LengthsStore } from "./datasets/lengthsStore.ts";
import type { EngineStore } from "./device/store.ts";
import type { ExclusionsStore } from "./datasets/exclusionsStore.ts";
import type { MiningStore } from "./datasets/miningStore.ts";
import type { ModelsStore } from "./registry/store.ts";
import type { PageModelsStore } from "./search/pageModelsStore.ts";
import type { InstructionEvalStore } from "./runs/instructionEvalStore.ts";
import type { RunContentsStore } from "./runs/contentsStore.ts";
import type { RetentionStore } from "./retention/store.ts";
import type { StrengthsStore } from "./strengths/store.ts";
import type { RunsStore } from "./runs/store.ts";
import type { FinishedRunStore } from "./runs/finishedRun.ts";
import type { ForecastStore } from "./runs/forecastStore.ts";
import type { LiveRunStore } from "./runs/liveStore.ts";
import type { QuestionsStore } from "./questions/store.ts";
import type { RunPlanStore } from "./runs/planStore.ts";
import type { SampleForecastStore } from "./runs/sampleForecast.ts";
import type { SearchStore } from "./search/store.ts";
import type { JudgementsStore } from "./search/judgementsStore.ts";
import type { ServerStore } from "./settings/serverStore.ts";
import type { SettingsStore } from "./settings/store.ts";

/** Every store of the page. `main.tsx` builds them once and hands them down; a new store gets a field here. */
export interface Stores {
  datasets: DatasetsStore;
  lengths: LengthsStore;
  questions: QuestionsStore;
  langfuseImport: LangfuseImportStore;
  feedback: FeedbackStore;
  runs: RunsStore;
  runContents: RunContentsStore;
  live: LiveRunStore;
  finishedRun: FinishedRunStore;
  plan: RunPlanStore;
  engine: EngineStore;
  settings: SettingsStore;
  server: ServerStore;
  models: ModelsStore;
  forms: FormsStore;
  search: SearchStore;
  pageModels: PageModelsStore;
  exclusions: ExclusionsStore;
  judgements: JudgementsStore;
  comparison: ComparisonStore;
  reranks: RerankStore;
  retention: RetentionStore;
  strengths: StrengthsStore;
  instructionEval: InstructionEvalStore;
  mining: MiningStore;
  forecast: ForecastStore;
  sampleForecast: SampleForecastStore;
}

export const StoresContext = createContext<Stores | null>(null);

/** The stores of the page around this component. */
export const useStores = (): Stores => {
  const stores = useContext(StoresContext);
  if (!stores) throw new Error("StoresContext is missing above this component");
  return stores;
};
