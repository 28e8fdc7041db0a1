import { join } from "node:path";
import {
  MANIFEST_PATH,
  parseManifest,
  verifyArtifact,
  type ExpectedBase,
  type Manifest,
} from "../../src/domain/artifact/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { parseModelConfig } from "../../src/domain/modelConfig.ts";
import type { BaseStore } from "./bases.ts";
import { diskFolder } from "./folder.ts";
import { readPlain, readPlainText } from "../lib/plainFile.ts";

/**
 * Recomputes everything an artifact folder claims. Where this server has the base, weights and shape must be its own.
 * Throws `artifact-refused` naming the files.
 */
export const verifyFolder = async (directory: string, bases: BaseStore): Promise<Manifest> => {
  const folder = diskFolder(directory);
  const { manifest, problems } = await verifyArtifact(folder, await expectedBase(directory, bases));
  const [first] = problems;
  if (manifest && !first) return manifest;
  const rest = problems.length > 1 ? ` ${problems.length - 1} more files or checks failed.` : "";
  throw new StudioError(
    "artifact-refused",
    `${first?.file ?? MANIFEST_PATH} was refused (${first?.code}): ${first?.message}${rest}`,
    first?.hint ?? "Export the model again.",
  );
};

/** The base that the folder's manifest names, as this server has it. An unreadable manifest is reported by the check. */
const expectedBase = async (directory: string, bases: BaseStore): Promise<ExpectedBase | null> => {
  const bytes = await readPlain(join(directory, MANIFEST_PATH)).catch(() => null);
  const id = bytes && baseIdOf(bytes);
  const base = id ? await bases.local(id) : null;
  if (!base) return null;
  const config: unknown = JSON.parse(await readPlainText(join(base.directory, "config.json")));
  return { sha256: base.sha256, config: parseModelConfig(config) };
};

const baseIdOf = (bytes: Uint8Array): string | null => {
  try {
    return parseManifest(bytes).base.id;
  } catch {
    return null;
  }
};
