/** Node only: a model folder on disk or in memory, and fixture files. */
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ModelFiles } from "../domain/modelFiles.ts";
import { present } from "../domain/present.ts";

export const fixture = (path: string): string => join(import.meta.dirname, "fixtures", path);
/** Folder of a base that comes with the studio. */
export const bundledBase = (id: string): string => join(import.meta.dirname, "../../models/base", id);
export const tinyBase = bundledBase("qwen3-embedding-tiny");

export const fixtureBytes = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(fixture(path)));
export const fixtureJson = async <T>(path: string): Promise<T> =>
  JSON.parse(await readFile(fixture(path), "utf8")) as T;

/** A folder on disk; `rename` serves a path from another file (a BF16 twin as model.safetensors). */
export const diskModel = (folder: string, rename: Record<string, string> = {}): ModelFiles => {
  const place = (path: string) => join(folder, rename[path] ?? path);
  return {
    id: folder,
    revision: "local",
    size: async (path) => (await stat(place(path)).catch(() => null))?.size ?? null,
    sha256: async () => null,
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

/** A folder in memory. */
export const memoryModel = (contents: Record<string, Uint8Array>): ModelFiles => ({
  id: "memory",
  revision: "local",
  size: async (path) => contents[path]?.length ?? null,
  sha256: async () => null,
  read: async (path, start, end) => present(contents[path], path).slice(start, end),
});
