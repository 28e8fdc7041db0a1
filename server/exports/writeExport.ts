import { createHash } from "node:crypto";
import { link, mkdir, open, rename, rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { jsonBytes } from "../../src/domain/artifact/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import type { ExportedFile } from "../../src/domain/export/index.ts";
import { renameDurable, syncTree, writeDurable } from "../lib/durableFiles.ts";
import { inFolder } from "../lib/paths.ts";

/** Ending of the folder's name while it is written. */
export const PART = ".part";
/** Lists every other file of an export with size and SHA-256. */
export const FILE_LIST = "files.json";

/** A written file. */
export interface WrittenFile {
  path: string;
  bytes: number;
  sha256: string;
}

export interface WriteOptions {
  onProgress: (done: number, total: number) => void;
  /** Is given the folder while it still has its passing name, and returns further files. A throw leaves nothing. */
  finish: (part: string) => Promise<ReadonlyMap<string, Uint8Array>>;
  /** Files that are there already, by SHA-256: an equal one becomes another name of it. */
  equal?: ReadonlyMap<string, string>;
}

/**
 * Writes the files of an export to a folder of its own, checks and completes it there, and only then gives it its name: a
 * broken-off export leaves nothing that looks like a whole one.
 * @throws StudioError `disk-full`, before or while writing; what `finish` throws
 */
export const writeExport = async (
  folder: string,
  files: readonly ExportedFile[],
  { onProgress, finish, equal = new Map() }: WriteOptions,
): Promise<WrittenFile[]> => {
  const part = `${folder}${PART}`;
  await rm(part, { recursive: true, force: true });
  try {
    await mkdir(part, { recursive: true });
    const total = files.reduce((sum, { size }) => sum + size, 0);
    await checkRoom(part, total);
    const listed: WrittenFile[] = [];
    let before = 0;
    for (const file of files) {
      const place = inFolder(part, file.path);
      const sha256 = await writeFileOf(place, file, (bytes) => onProgress(before + bytes, total));
      const same = equal.get(sha256);
      if (same) await linkInPlace(same, place);
      listed.push({ path: file.path, bytes: file.size, sha256 });
      before += file.size;
    }
    for (const [path, bytes] of await finish(part)) {
      await writeDurable(inFolder(part, path), bytes);
      listed.push({ path, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
    }
    listed.sort((a, b) => (a.path < b.path ? -1 : 1));
    await writeDurable(inFolder(part, FILE_LIST), jsonBytes(listed));
    await syncTree(part);
    await renameDurable(part, folder);
    return listed;
  } catch (thrown) {
    await rm(part, { recursive: true, force: true });
    throw (thrown as NodeJS.ErrnoException).code === "ENOSPC" ? diskFull("The disk became full", thrown) : thrown;
  }
};

const checkRoom = async (folder: string, bytes: number): Promise<void> => {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes)
    throw diskFull(
      `The disk has room for ${megabytes(bavail * bsize)} where the export takes ${megabytes(bytes)}`,
      undefined,
    );
};

const diskFull = (what: string, cause: unknown): StudioError =>
  new StudioError("disk-full", `${what}; nothing of the export was kept.`, "Make room, then export it again.", {
    cause,
  });

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/** Puts another name of an equal file in a file's place. A file system without hard links costs disk space, nothing else. */
const linkInPlace = async (same: string, place: string): Promise<void> => {
  const beside = `${place}.link`;
  const linked = await link(same, beside).then(
    () => true,
    () => false,
  );
  if (linked) await rename(beside, place);
};

/** @returns the file's SHA-256 */
const writeFileOf = async (
  place: string,
  { path, size, chunks }: ExportedFile,
  onBytes: (bytes: number) => void,
): Promise<string> => {
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
