import { mkdir, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { buildApp } from "../../../server/app.ts";
import { loadConfig } from "../../../server/config/config.ts";
import { PROJECT_ROOT } from "../../../server/lib/project.ts";
import { TINY_BASE } from "../../domain/bases.ts";
import type { Studio } from "../../../server/routes/container.ts";
import { openStudio } from "../../../server/studio.ts";
import { createLog } from "../../../server/telemetry/logs.ts";

/** A server in this process with folders of its own below `folder` and one base (the bundled tiny one, or that of a folder); without a limit on requests. */
export const startBenchStudio = async (
  folder: string,
  {
    base = join(PROJECT_ROOT, "models/base", TINY_BASE.id),
    environment = {},
  }: { base?: string; environment?: Record<string, string> } = {},
): Promise<{ url: string; studio: Studio; close(): Promise<void> }> => {
  await mkdir(join(folder, "models/base"), { recursive: true });
  const name = basename(base);
  await symlink(base, join(folder, "models/base", name));
  const config = loadConfig(
    { RATE_LIMIT_PER_MINUTE: "0", LOG_LEVEL: "silent", EMBEDDING_MODEL: name, ...environment },
    folder,
  );
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
