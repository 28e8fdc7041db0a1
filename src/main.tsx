import { createRoot } from "react-dom/client";
import { runContentsStorage, runStorage } from "./platform/database.ts";
import { authorization } from "./platform/apiClient.ts";
import { exportsClient } from "./platform/exportsClient.ts";
import { pickTarget } from "./platform/pickTarget.ts";
import { generalSet } from "./platform/generalSet.ts";
import { downloads } from "./platform/download.ts";
import { withPersistentStorage } from "./platform/persistentStorage.ts";
import { experimentSink } from "./platform/experiments.ts";
import { registryClient, uploadMemory, waitSeconds } from "./platform/registryClient.ts";
import { rerankClient } from "./platform/rerankClient.ts";
import { retrievalClient } from "./platform/retrievalClient.ts";
import { artifactStorage, checkpointStorage, runFiles, runTextStorage } from "./platform/runFiles.ts";
import { serverToken } from "./platform/serverToken.ts";
import { serverProbe } from "./platform/serverStatus.ts";
import { settingsStorage } from "./platform/settingsStorage.ts";
import { shippedRun } from "./platform/shippedRun.ts";
import { createTracer } from "./platform/telemetry.ts";
import { unsentOnDisk } from "./platform/unsentSpans.ts";
import { trainingTurn } from "./platform/trainingTurn.ts";
import { wakeLock } from "./platform/wakeLock.ts";
import { createRunModels } from "./app/comparison/runModels.ts";
import { createRerankStore } from "./app/comparison/rerankStore.ts";
import { createComparisonStore } from "./app/comparison/store.ts";
import { createDatasetsStore } from "./app/datasets/store.ts";
import { createFeedbackStore } from "./app/imports/feedbackStore.ts";
import { createLangfuseImportStore } from "./app/imports/langfuseStore.ts";
import { feedbackClient } from "./platform/feedbackClient.ts";
import { langfuseClient } from "./platform/langfuseClient.ts";
import { createLengthsStore } from "./app/datasets/lengthsStore.ts";
import { createEngineStore } from "./app/device/store.ts";
import { createExclusionsStore } from "./app/datasets/exclusionsStore.ts";
import { createRunContentsStore } from "./app/runs/contentsStore.ts";
import { createForecastStore } from "./app/runs/forecastStore.ts";
import { createSampleForecastStore } from "./app/runs/sampleForecast.ts";
import { createMiningStore } from "./app/datasets/miningStore.ts";
import { createFormsStore } from "./app/forms/store.ts";
import { leavingArtifacts } from "./app/retention/artifacts.ts";
import { createStrengthsStore } from "./app/strengths/store.ts";
import { createRetentionStore } from "./app/retention/store.ts";
import { createModelsStore } from "./app/registry/store.ts";
import { createPageModelsStore } from "./app/search/pageModelsStore.ts";
import { createInstructionEvalStore } from "./app/runs/instructionEvalStore.ts";
import { createRunsStore } from "./app/runs/store.ts";
import { createLiveRunStore } from "./app/runs/liveStore.ts";
import { createFinishedRunStore } from "./app/runs/finishedRun.ts";
import { createQuestionsStore } from "./app/questions/store.ts";
import { createRunPlanStore, planned } from "./app/runs/planStore.ts";
import { createSearchStore } from "./app/search/store.ts";
import { createJudgementsStore } from "./app/search/judgementsStore.ts";
import { createServerStore } from "./app/settings/serverStore.ts";
import { createSettingsStore } from "./app/settings/store.ts";
import type { Stores } from "./app/stores.ts";
import { present } from "./domain/present.ts";
import { App } from "./ui/shell/App.tsx";
import { createEngine } from "./worker/engine/client.ts";
import { createDataWorker } from "./worker/data/client.ts";
import { createEmbedWorker } from "./worker/embed/client.ts";
import { createFormsWorker } from "./worker/forms/client.ts";
import { createQuestionsWorker } from "./worker/questions/client.ts";
import { createProjectionWorker } from "./worker/projection/client.ts";

// Set by hand, "webgpu" takes the graphics adapter also where it is only imitated: to measure, and for the journey on it.
const engine = createEngine(settingsStorage.read("recall-studio.compute") === "webgpu");
const data = createDataWorker();
const newId = (): string => crypto.randomUUID();
const timestamp = (): string => new Date().toISOString();
const now = (): number => performance.now();
const tracer = createTracer({ headers: authorization, unsent: unsentOnDisk(), page: window });

/** The composition root: adapters into stores, stores into the page. */
const turn = trainingTurn();
const runs = createRunsStore(runStorage, turn.taken);
const leaving = leavingArtifacts(artifactStorage, runs);
const runContents = createRunContentsStore({ storage: runContentsStorage, data, downloads });
const engineStore = createEngineStore(withPersistentStorage(engine));
const plan = createRunPlanStore(settingsStorage);
const server = createServerStore(serverProbe);
const live = createLiveRunStore(runs, runContents, {
  engine,
  loadBase: engineStore.getState().requireBase,
  forgetBase: engineStore.getState().forget,
  files: runFiles,
  turn,
  checkpoints: checkpointStorage,
  artifacts: leaving,
  wakeLock,
  downloads,
  experiments: experimentSink,
  tracer,
  data,
  newId,
  timestamp,
  now,
});
const requireModels = createRunModels({ engine, artifacts: artifactStorage, data }, engineStore, live);
const retention = createRetentionStore({ engine, set: generalSet, requireModels }, runs, live);
const models = createModelsStore(runs, {
  client: registryClient,
  memory: uploadMemory,
  wait: waitSeconds,
  saveToken: serverToken.write,
  artifacts: leaving,
  measured: retention.getState().settled,
  tests: data,
  downloads,
  tracer,
  onChange: () => void server.getState().refresh(),
});
const wantToken = () => models.setState({ tokenWanted: true });
const pageModels = createPageModelsStore(
  { client: retrievalClient, createWorker: createEmbedWorker, headers: authorization, now, onUnauthorized: wantToken },
  engineStore,
);
const datasets = createDatasetsStore({
  data,
  downloads,
  maxTokens: () => planned(plan.getState()).values.maxTokens,
  newId,
  now: timestamp,
});
const questions = createQuestionsStore(
  {
    questions: createQuestionsWorker(),
    engine,
    base: () => planned(plan.getState()).base.ref,
    token: serverToken.read,
    timestamp,
    now,
  },
  { datasets, engineStore, live },
);
const stores: Stores = {
  questions,
  runs,
  runContents,
  engine: engineStore,
  server,
  settings: createSettingsStore(settingsStorage),
  finishedRun: createFinishedRunStore(runs, {
    source: shippedRun,
    contents: runContentsStorage,
    artifacts: artifactStorage,
    texts: runTextStorage,
  }),
  plan,
  datasets,
  lengths: createLengthsStore(data, engineStore),
  langfuseImport: createLangfuseImportStore(langfuseClient, datasets, Date.now, wantToken),
  feedback: createFeedbackStore(feedbackClient, datasets, wantToken),
  live,
  models,
  forms: createFormsStore(
    {
      forms: createFormsWorker(),
      client: exportsClient,
      artifacts: leaving,
      data,
      results: runContentsStorage,
      downloads,
      pick: pickTarget,
      wait: waitSeconds,
      onUnauthorized: wantToken,
    },
    engineStore,
  ),
  search: createSearchStore(
    retrievalClient,
    () => (pageModels.getState().where === "page" ? pageModels.getState().embed : null),
    (sides) => void pageModels.getState().prepare(sides),
    tracer,
    now,
    wantToken,
  ),
  pageModels,
  judgements: createJudgementsStore(settingsStorage),
  exclusions: createExclusionsStore(settingsStorage, () => new Date()),
  comparison: createComparisonStore({
    data,
    engine,
    requireModels,
    project: createProjectionWorker().project,
    downloads,
  }),
  retention,
  strengths: createStrengthsStore(
    {
      data,
      engine,
      requireModels,
      set: generalSet,
      artifacts: artifactStorage,
      contents: runContentsStorage,
      texts: runTextStorage,
      newId,
      timestamp,
    },
    runs,
  ),
  reranks: createRerankStore({
    data,
    reranker: rerankClient,
    wait: waitSeconds,
    save: runContents.getState().save,
    onUnauthorized: wantToken,
  }),
  instructionEval: createInstructionEvalStore({ data, engine }, engineStore, live),
  mining: createMiningStore({ data, engine }, datasets, engineStore, live),
  forecast: createForecastStore({ data, engine }, engineStore, live),
  sampleForecast: createSampleForecastStore({ source: shippedRun, engine }, engineStore, live),
};

createRoot(present(document.getElementById("root"), "element #root")).render(<App stores={stores} />);

const SERVER_EVERY_MS = 15_000;
// In a task of its own: reading the page's code has held the thread for about as long as one task may.
setTimeout(() => {
  void runs.getState().load();
  void stores.datasets.getState().load();
  void questions.getState().load();
  void engineStore.getState().askDevice();
  void server.getState().refresh();
  setInterval(() => void server.getState().refresh(), SERVER_EVERY_MS);
});
