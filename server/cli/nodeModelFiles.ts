import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { BUNDLED_BASES, DEFAULT_BASE } from "../../src/domain/bases.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { UsageError } from "./problems.ts";

/** Bundled bases, by name. */
const BUNDLED = join(PROJECT_ROOT, "models/base");
const BUNDLED_NAMES = BUNDLED_BASES.map(({ id }) => id).join(" or ");

/** `--base`, of commands that need one. */
export const BASE_FLAG = {
  schema: z.string().default(DEFAULT_BASE.id),
  value: "NAME|DIR",
  help: `bundled base (${BUNDLED_NAMES}), or a folder of the Qwen3-Embedding layout`,
};

/** A model folder on disk. Hashes are computed once, as a stream. */
export const nodeModelFiles = (folder: string, id = folder, revision = "local"): ModelFiles => {
  const hashes = new Map<string, Promise<string | null>>();
  const sizeOf = async (path: string): Promise<number | null> => {
    const found = await stat(join(folder, path)).catch(() => null);
    return found?.isFile() ? found.size : null;
  };
  return {
    id,
    revision,
    size: sizeOf,
    async read(path, start = 0, end, signal) {
      signal?.throwIfAborted();
      const file = await open(join(folder, path));
      try {
        const bytes = new Uint8Array((end ?? (await file.stat()).size) - start);
        for (let at = 0; at < bytes.length;) {
          const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) return bytes.subarray(0, at);
          at += bytesRead;
        }
        return bytes;
      } finally {
        await file.close();
      }
    },
    sha256(path) {
      const known = hashes.get(path) ?? hashFile(join(folder, path));
      hashes.set(path, known);
      return known;
    },
  };
};

const hashFile = async (path: string): Promise<string | null> => {
  if (!existsSync(path)) return null;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
};

/** The base of this name in the studio's own models/base/; null when there is none. */
export const installedBase = (name: string): ModelFiles | null => {
  const folder = join(BUNDLED, name);
  return !name.includes("/") && existsSync(join(folder, "config.json"))
    ? nodeModelFiles(folder, name, "bundled")
    : null;
};

/**
 * The base that `--base` means: a bundled name, or a folder of the Qwen3-Embedding layout.
 *
 * @throws UsageError when it is neither
 */
export const openBase = (base: string): ModelFiles => {
  const installed = installedBase(base);
  if (installed) return installed;
  const folder = openFolder("base", base);
  if (!existsSync(join(folder, "config.json")))
    throw new UsageError(
      "usage",
      `--base: ${base} has no config.json, so it is no model folder.`,
      "Give a folder of the Qwen3-Embedding layout, or the name of a bundled base.",
    );
  return nodeModelFiles(folder, basename(folder));
};

/** @throws UsageError when the path is no folder */
export const openFolder = (flag: string, path: string): string => {
  const folder = resolve(path);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UsageError(
      "usage",
      `--${flag}: there is no folder ${path}.`,
      flag === "base" ? `Give a folder, or the name of a bundled base: ${BUNDLED_NAMES}.` : "Check the path.",
    );
  return folder;
};

/**
 * @param flag its name, or null for the operand of the command
 * @throws UsageError when the path is no file
 */
export const openFile = (flag: string | null, path: string): string => {
  const file = resolve(path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) return file;
  const what = found ? `${path} is ${found.isDirectory() ? "a folder" : "no plain file"}` : `there is no file ${path}`;
  throw new UsageError(
    "usage",
    flag === null ? `${what.slice(0, 1).toUpperCase()}${what.slice(1)}.` : `--${flag}: ${what}.`,
    found ? "Give the path of a file." : "Check the path.",
  );
};
