import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FolderAccess } from "../../src/domain/artifact/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { hashFile } from "../lib/hash.ts";
import { inFolder } from "../lib/paths.ts";
import { openPlain, readPlain } from "../lib/plainFile.ts";
import { RECORD_FILE } from "./record.ts";

/** Every regular file under a folder, with forward slashes. Throws for links and other special files. */
export const listFiles = async (directory: string, prefix = ""): Promise<string[]> => {
  const entries = await readdir(join(directory, prefix), { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      const path = prefix ? `${prefix}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return listFiles(directory, path);
      if (entry.isFile()) return [path];
      throw new StudioError("file-refused", `${path} is a link or a special file.`, "Put a plain file in its place.");
    }),
  );
  return nested.flat().sort();
};

/** A folder on disk, for the artifact's verification and for readers of its files. */
export const diskFolder = (directory: string): FolderAccess => {
  const place = (path: string) => inFolder(directory, path);
  return {
    paths: async () => (await listFiles(directory)).filter((path) => path !== RECORD_FILE),
    size: async (path) => (await lstat(place(path)).catch(() => null))?.size ?? null,
    knownSha256: (path) => hashFile(place(path)),
    read: async (path, start = 0, end) => {
      if (end === undefined) return new Uint8Array(await readPlain(place(path))).subarray(start);
      const handle = await openPlain(place(path));
      try {
        const { buffer, bytesRead } = await handle.read(new Uint8Array(end - start), 0, end - start, start);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
  };
};
