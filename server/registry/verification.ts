import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  MANIFEST_PATH,
  parseManifest,
  verifyArtifact,
  type ExpectedBase,
  type FolderAccess,
  type Manifest,
} from "../../src/domain/artifact/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { parseModelConfig } from "../../src/domain/modelConfig.ts";
import type { BaseStore } from "./bases.ts";
import { hashFile, listFiles, RECORD_FILE } from "./record.ts";

/** A folder on disk, for the artifact's verification and for readers of its files. */
export const diskFolder = (directory: string): FolderAccess => {
  const place = (path: string) => join(directory, ...path.split("/"));
  return {
    paths: async () => (await listFiles(directory)).filter((path) => path !== RECORD_FILE),
    size: async (path) => (await stat(place(path)).catch(() => null))?.size ?? null,
    knownSha256: (path) => hashFile(place(path)),
    read: async (path, start = 0, end) => {
      if (end === undefined) return new Uint8Array(await readFile(place(path))).subarray(start);
      const handle = await open(place(path));
      try {
        const { buffer, bytesRead } = await handle.read(new Uint8Array(end - start), 0, end - start, start);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
  };
};

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
    `${first?.file ?? "manifest.json"} was refused (${first?.code}): ${first?.message}${rest}`,
    first?.hint ?? "Export the model again.",
  );
};

/** The base that the folder's manifest names, as this server has it. An unreadable manifest is reported by the check. */
const expectedBase = async (directory: string, bases: BaseStore): Promise<ExpectedBase | null> => {
  const bytes = await readFile(join(directory, MANIFEST_PATH)).catch(() => null);
  const id = bytes && baseIdOf(bytes);
  const found = id ? await bases.find(id) : null;
  const sha256 = found && (await bases.sha256(found.name, "model.safetensors"));
  if (!found || !sha256) return null;
  const config: unknown = JSON.parse(await readFile(join(found.directory, "config.json"), "utf8"));
  return { sha256, config: parseModelConfig(config) };
};

const baseIdOf = (bytes: Uint8Array): string | null => {
  try {
    return parseManifest(bytes).base.id;
  } catch {
    return null;
  }
};
