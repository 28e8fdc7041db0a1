import { join } from "node:path";
import { buildApp } from "../app.ts";
import type { Studio } from "../routes/container.ts";
import { openStudio, type StudioOptions } from "../studio.ts";
import { emptyStore } from "./databases.ts";
import { serveParts, type FolderOptions, type TestApp } from "./server.ts";

export type TestStudio = Studio & TestApp;

/** A whole studio over the tiny base, with its store. */
export const testStudio = (
  environment: Record<string, string> = {},
  { root, adjust, ...options }: FolderOptions & StudioOptions = {},
): Promise<TestStudio> =>
  serveParts(
    { EMBEDDING_THREADS: "1", ...environment },
    { root, adjust },
    async (config, log) => {
      if (!root) await emptyStore(join(config.dataDir, "vectors"));
      return openStudio(config, { log, ...options });
    },
    async (studio) => {
      const app = await buildApp(studio);
      await app.ready();
      return app;
    },
  );
