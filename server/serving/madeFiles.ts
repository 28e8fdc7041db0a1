import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeDurable } from "../lib/durableFiles.ts";
import { hashFile } from "../lib/hash.ts";

const LIST = "made.json";
const listSchema = z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() }));

/** Writes down size and SHA-256 of every file in a folder that was just made, so that damage is seen later. */
export const noteMade = async (folder: string): Promise<void> => {
  const entries = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      return [name, { bytes: (await stat(path)).size, sha256: await hashFile(path) }] as const;
    }),
  );
  await writeDurable(join(folder, LIST), JSON.stringify(Object.fromEntries(entries)));
};

/** Whether a folder holds what it was made with: every file of its list, of that size and hash. */
export const asMade = async (folder: string): Promise<boolean> => {
  try {
    const list = listSchema.parse(JSON.parse(await readFile(join(folder, LIST), "utf8")));
    for (const [name, { bytes, sha256 }] of Object.entries(list)) {
      const path = join(folder, name);
      if ((await stat(path)).size !== bytes || (await hashFile(path)) !== sha256) return false;
    }
    return true;
  } catch {
    return false; // A file or the list is missing or unreadable.
  }
};
