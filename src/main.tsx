import { createRoot } from "react-dom/client";
import { StudioError } from "./domain/errors.ts";
import { runStorage } from "./platform/database.ts";
import { artifactStorage, checkpointStorage, runInputsStorage } from "./platform/runFiles.ts";
import { serverProbe } from "./platform/serverStatus.ts";
import { settingsStorage } from "./platform/settingsStorage.ts";
import { wakeLock } from "./platform/wakeLock.ts";
import { createEngineStore } from "./state/engine.ts";
import { createRunsStore } from "./state/runs.ts";
import { createLiveRunStore } from "./state/runsLive.ts";
import { createServerStore } from "./state/server.ts";
import { createSettingsStore } from "./state/settings.ts";
import type { Stores } from "./state/stores.ts";
import { App } from "./ui/shell/App.tsx";
import type { EngineService } from "./worker/protocol.ts";

const found = Object.values(import.meta.glob<{ createEngine?: () => EngineService }>("./worker/client.ts"))[0];
const create = (await found?.())?.createEngine;
const missing = () => Promise.reject(new StudioError("engine-missing", "The engine is not built in.", "Build it."));
const engine: EngineService = create?.() ?? (new Proxy({}, { get: () => missing }) as unknown as EngineService);

const runs = createRunsStore(runStorage);
const engineStore = createEngineStore(engine);
const live = createLiveRunStore(runs, {
  engine,
  loadBase: async (base) => {
    const loaded = await engineStore.getState().loadBase(base);
    if (!loaded) throw new StudioError("base-missing", "The base model was not loaded.", "Try again.");
    return loaded;
  },
  inputs: runInputsStorage,
  checkpoints: checkpointStorage,
  artifacts: artifactStorage,
  wakeLock,
  judge: missing,
  now: () => performance.now(),
});

const stores: Stores = {
  runs,
  live,
  engine: engineStore,
  settings: createSettingsStore(settingsStorage),
  server: createServerStore(serverProbe),
};

const SERVER_EVERY_MS = 15_000;
void stores.runs.getState().load();
void stores.engine.getState().askDevice();
void stores.server.getState().refresh();
setInterval(() => void stores.server.getState().refresh(), SERVER_EVERY_MS);

createRoot(document.getElementById("root")!).render(<App stores={stores} />);
