import type { EngineService } from "../app/runs/ports.ts";

/**
 * Asks the browser to keep what is stored, once a model of the hub is to be downloaded: gigabytes that it may otherwise clear
 * when the disk fills up. Only a page may ask, not a worker. A browser that declines downloads all the same.
 */
export const withPersistentStorage = (
  engine: Pick<EngineService, "probe" | "loadBase">,
  storage: Pick<StorageManager, "persisted" | "persist"> = navigator.storage,
): Pick<EngineService, "probe" | "loadBase"> => ({
  probe: engine.probe,
  async loadBase(base, onProgress) {
    if (base.source === "hub" && !(await storage.persisted())) await storage.persist();
    return engine.loadBase(base, onProgress);
  },
});
