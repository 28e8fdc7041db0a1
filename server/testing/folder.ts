import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyBase } from "../../src/testing/modelFiles.ts";

/** Id of the tiny base that comes with the studio. */
export const TINY = "qwen3-embedding-tiny";

/** A folder with the tiny base in `models/base/`, and nothing else. */
export const temporaryStudio = async (): Promise<{ root: string; remove: () => Promise<void> }> => {
  const root = await mkdtemp(join(tmpdir(), "studio-"));
  await mkdir(join(root, "models/base"), { recursive: true });
  await symlink(tinyBase, join(root, "models/base", TINY));
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
};
