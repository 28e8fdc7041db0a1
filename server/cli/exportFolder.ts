import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { jsonBytes } from "../../src/domain/artifact/index.ts";
import type { ExportedFile } from "../../src/domain/export/index.ts";
import { UsageError } from "./problems.ts";

/** Files are written here, beside the folder that they become. */
const partOf = (folder: string): string => `${folder}.part`;

/** The folder of `--out`, which must be new or empty. @throws UsageError */
export const newFolder = (out: string): string => {
  const folder = resolve(out);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UsageError("usage", `--out: ${out} is not empty.`, "Give a new folder, so that nothing is overwritten.");
  return folder;
};

/**
 * Writes the files of an export to a folder of its own, checks and completes it there, and only then gives it its name: a
 * broken-off export leaves nothing that looks like a whole one.
 * @param finish is given the folder while it still has its passing name, and returns further files
 * @returns bytes and SHA-256 by path
 * @throws UsageError `usage` when the disk has too little room
 */
export const writeExport = async (
  folder: string,
  files: readonly ExportedFile[],
  onProgress: (done: number, total: number) => void,
  finish: (part: string) => Promise<ReadonlyMap<string, Uint8Array>>,
): Promise<void> => {
  const part = partOf(folder);
  rmSync(part, { recursive: true, force: true });
  try {
    await mkdir(part, { recursive: true });
    const total = files.reduce((sum, { size }) => sum + size, 0);
    checkRoom(part, total);
    const listed: { path: string; bytes: number; sha256: string }[] = [];
    let before = 0;
    for (const file of files) {
      const sha256 = await writeFileOf(part, file, (bytes) => onProgress(before + bytes, total));
      listed.push({ path: file.path, bytes: file.size, sha256 });
      before += file.size;
    }
    for (const [path, bytes] of await finish(part)) {
      await writeFile(join(part, path), bytes);
      listed.push({ path, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
    }
    await writeFile(join(part, "files.json"), jsonBytes(listed.sort((a, b) => (a.path < b.path ? -1 : 1))));
    await rename(part, folder);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  }
};

const checkRoom = (folder: string, bytes: number): void => {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < bytes)
    throw new UsageError(
      "usage",
      `--out: the disk has room for ${megabytes(bavail * bsize)} where the export takes ${megabytes(bytes)}.`,
      "Make room, or give a folder on another disk.",
    );
};

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/** @returns the file's SHA-256 */
const writeFileOf = async (
  folder: string,
  { path, size, chunks }: ExportedFile,
  onBytes: (bytes: number) => void,
): Promise<string> => {
  const place = join(folder, path);
  await mkdir(dirname(place), { recursive: true });
  const file = await open(place, "w");
  const hash = createHash("sha256");
  let written = 0;
  try {
    for await (const chunk of chunks) {
      await file.writeFile(chunk);
      hash.update(chunk);
      onBytes((written += chunk.length));
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (written !== size) throw new Error(`${path} has ${written} bytes where ${size} were planned`);
  return hash.digest("hex");
};
