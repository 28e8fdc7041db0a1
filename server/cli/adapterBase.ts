import { MANIFEST_PATH, parseManifest } from "../../src/domain/artifact/index.ts";
import { BUNDLED_BASES, DEFAULT_BASE } from "../../src/domain/bases.ts";
import { WEIGHTS_PATH, type ModelFiles } from "../../src/domain/modelFiles.ts";
import { installedBase, openBase } from "./nodeModelFiles.ts";
import { UsageError } from "./problems.ts";

/**
 * The base that an adapter is scored over: that of `--base`, else the installed one with the weights that the adapter's manifest
 * names. The default base where there is no adapter, or one without a manifest.
 * @throws UsageError when `--base` is no base, or none of the installed ones is the adapter's
 */
export const openBaseFor = async (adapter: ModelFiles | null, base: string | undefined): Promise<ModelFiles> => {
  if (base !== undefined) return openBase(base);
  if (!adapter || (await adapter.size(MANIFEST_PATH)) === null) return openBase(DEFAULT_BASE.id);
  const wanted = parseManifest(await adapter.read(MANIFEST_PATH)).base;
  // A bundled base may go by another id in a manifest; a base of one's own is found by its name and proved by its weights (in shards: by its shapes).
  const name = BUNDLED_BASES.find(({ sha256 }) => sha256 === wanted.sha256)?.id ?? wanted.id;
  const installed = installedBase(name);
  if (installed && [wanted.sha256, null].includes(await installed.sha256(WEIGHTS_PATH))) return installed;
  throw new UsageError(
    "usage",
    `--base is needed: the adapter was trained on ${wanted.id}, which is none of the installed bases.`,
    `Give --base DIR, the folder of ${wanted.id} whose ${WEIGHTS_PATH} has SHA-256 ${wanted.sha256}.`,
  );
};
