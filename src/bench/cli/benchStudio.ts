import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { buildApp } from "../../../server/app.ts";
import { loadConfig } from "../../../server/config/config.ts";
import { PROJECT_ROOT } from "../../../server/lib/project.ts";
import type { Studio } from "../../../server/routes/container.ts";
import { openStudio } from "../../../server/studio.ts";
import { createLog } from "../../../server/telemetry/logs.ts";

/** A server in this process with folders of its own below `folder` and the bundled tiny base; without a limit on requests. */
export const startBenchStudio = async (
  folder: string,
): Promise<{ url: string; studio: Studio; close(): Promise<void> }> => {
  await mkdir(join(folder, "models/base"), { recursive: true });
  await symlink(
    join(PROJECT_ROOT, "models/base/qwen3-embedding-tiny"),
    join(folder, "models/base/qwen3-embedding-tiny"),
  );
  const config = loadConfig({ RATE_LIMIT_PER_MINUTE: "0", LOG_LEVEL: "silent" }, folder);
  const studio = await openStudio(config, { log: createLog({ logLevel: "silent", logPretty: false }) });
  const app = await buildApp(studio);
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    studio,
    async close() {
      await app.close();
      await studio.close();
    },
  };
};
