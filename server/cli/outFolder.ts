import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { MANIFEST_PATH, parseManifest, type FolderFile } from "../../src/domain/artifact/index.ts";
import { UsageError } from "./problems.ts";

const refuse = (flag: string, path: string, what: string, hint: string): UsageError =>
  new UsageError("usage", `--${flag}: ${path} ${what}.`, hint);
const ELSEWHERE = "Give a new folder, so that nothing is overwritten.";

/**
 * The folder of `--out`, which must be new or empty; with `--replace` it may hold an earlier artifact and nothing else, whose
 * files then give way.
 * @param log file of `--log`, which must lie elsewhere: an artifact holds nothing that its manifest does not list
 * @throws UsageError
 */
export const checkOut = (out: string, { log, replace }: { log?: string; replace: boolean }): string => {
  const folder = resolve(out);
  if (log !== undefined && resolve(log).startsWith(folder + sep))
    throw refuse(
      "log",
      log,
      "lies in the folder of --out, whose manifest lists every file",
      "Give a place outside of it.",
    );
  if (!existsSync(folder)) return folder;
  if (!statSync(folder).isDirectory()) throw refuse("out", out, "is a file", "Give a folder.");
  const files = filesIn(folder);
  if (files.length === 0) return folder;
  if (!files.includes(MANIFEST_PATH)) throw refuse("out", out, "is not empty and holds no earlier artifact", ELSEWHERE);
  const earlier = listedIn(folder);
  if (!earlier) throw refuse("out", out, "holds a manifest.json that is not an artifact's", ELSEWHERE);
  const foreign = files.find((path) => !earlier.has(path) && !path.startsWith("onnx/"));
  if (foreign) throw refuse("out", out, `holds ${foreign}, which is no part of the artifact in it`, ELSEWHERE);
  if (!replace)
    throw refuse(
      "out",
      out,
      "holds a trained adapter already",
      "Give a new folder, or --replace to put the new adapter in its place.",
    );
  return folder;
};

/** The folder of `--out` (or of another flag), which must be new or empty. @throws UsageError */
export const newFolder = (out: string, flag = "out"): string => {
  const folder = resolve(out);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw refuse(flag, out, "is not empty", ELSEWHERE);
  return folder;
};

/** Sees to it that the folder is there and takes files. @throws UsageError */
export const prepareOut = (folder: string): void => {
  const probe = join(folder, `.probe-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw refuse(
      "out",
      folder,
      `cannot be written (${(error as Error).message})`,
      "Give a folder that you may write to.",
    );
  }
};

/** @throws UsageError when the disk has less room than the artifact takes */
export const checkSpace = (folder: string, bytes: number): void => {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes)
    throw refuse(
      "out",
      folder,
      `has room for ${megabytes(free)} where the artifact takes ${megabytes(bytes)}`,
      "Make room, or give a folder on another disk.",
    );
};

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/**
 * Writes an artifact in place of an earlier one, its manifest last. Where that fails after all, the result is written to a
 * temporary folder instead, and said.
 * @returns the folder that holds it
 */
export const writeOut = (folder: string, files: readonly FolderFile[]): string => {
  try {
    write(folder, files);
    return folder;
  } catch (error) {
    const rescue = mkdtempSync(join(tmpdir(), "recall-studio-"));
    write(rescue, files);
    console.error(`\n${folder} cannot be written any more (${(error as Error).message}); the artifact lies elsewhere.`);
    return rescue;
  }
};

const write = (folder: string, files: readonly FolderFile[]): void => {
  const before = listedIn(folder) ?? new Set<string>();
  const manifestLast = files.toSorted((a, b) => Number(a.path === MANIFEST_PATH) - Number(b.path === MANIFEST_PATH));
  for (const { path, bytes } of manifestLast) {
    if (path === MANIFEST_PATH) removeStale(folder, before, files);
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.part`, bytes);
    renameSync(`${file}.part`, file);
  }
};

/** What the earlier artifact had and this one has not: it would be unlisted, or make a complete model of the folder. */
const removeStale = (folder: string, before: ReadonlySet<string>, files: readonly FolderFile[]): void => {
  const kept = new Set(files.map(({ path }) => path));
  for (const path of before) if (!kept.has(path)) rmSync(join(folder, path), { force: true });
  rmSync(join(folder, "onnx"), { recursive: true, force: true });
};

/** Files that the manifest in a folder lists, with itself; null without a readable one. */
const listedIn = (folder: string): Set<string> | null => {
  try {
    const { files } = parseManifest(new Uint8Array(readFileSync(join(folder, MANIFEST_PATH))));
    return new Set([MANIFEST_PATH, ...files.map(({ path }) => path)]);
  } catch {
    return null;
  }
};

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
