import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Makes the entries of a directory (a created, renamed or removed name) survive a power cut. */
export const syncDirectory = async (directory: string): Promise<void> => {
  if (process.platform === "win32") return; // NTFS journals names, and directories cannot be opened there.
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Writes a new file and waits until the disk has it. Fails when the file exists. */
export const writeDurable = async (path: string, content: string | Uint8Array): Promise<void> => {
  const handle = await open(path, "wx", 0o644);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Writes aside, waits until the disk has it, and renames: readers see the old file or the new one, whole. */
export const replaceFile = async (path: string, content: string): Promise<void> => {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    const handle = await open(part, "w", 0o644);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (thrown) {
    await rm(part, { force: true });
    throw thrown;
  }
};

/** Waits until every directory of a tree is on disk; its files were synced when they were written. */
export const syncTree = async (directory: string): Promise<void> => {
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isDirectory()) await syncTree(join(directory, entry.name));
  await syncDirectory(directory);
};

/** Renames on one file system, atomically, and waits until both parents are on disk. */
export const renameDurable = async (from: string, to: string): Promise<void> => {
  await rename(from, to);
  await syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
};
