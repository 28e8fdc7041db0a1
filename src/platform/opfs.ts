import { StudioError } from "../domain/errors.ts";

/**
 * Files in the origin-private file system, by slash-separated path. A write becomes visible only when it is complete
 * (`createWritable` swaps the file at `close`), so a closed tab never leaves half a checkpoint.
 */

const root = async (): Promise<FileSystemDirectoryHandle> => {
  try {
    return await navigator.storage.getDirectory();
  } catch (cause) {
    throw new StudioError(
      "storage-unavailable",
      "This browser does not let the studio store files.",
      "Leave private browsing, or allow this site to store data, and reload the page.",
      { cause },
    );
  }
};

const isMissing = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === "NotFoundError";

const folder = async (path: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle> => {
  let handle = await root();
  for (const name of path) handle = await handle.getDirectoryHandle(name, { create });
  return handle;
};

/** Says what a full disk means; everything else passes. */
export const explained = (thrown: unknown): unknown =>
  thrown instanceof DOMException && thrown.name === "QuotaExceededError"
    ? new StudioError(
        "storage-full",
        "The browser's storage is full.",
        "Remove old runs or data sets, or free disk space, then go on.",
        { cause: thrown },
      )
    : thrown;

/** The folders above a path, and its last name. */
const placeOf = (path: string): [string[], string] => {
  const parts = path.split("/");
  return [parts.slice(0, -1), parts.slice(-1).join()];
};

/** Writes a whole file, making its folders. */
export const writeFile = async (path: string, content: Uint8Array | string): Promise<void> => {
  const [parts, name] = placeOf(path);
  try {
    const file = await (await folder(parts, true)).getFileHandle(name, { create: true });
    const writable = await file.createWritable();
    try {
      await writable.write(content as Uint8Array<ArrayBuffer> | string);
      await writable.close();
    } catch (thrown) {
      await writable.abort().catch(() => undefined);
      throw thrown;
    }
  } catch (thrown) {
    throw explained(thrown);
  }
};

/** A file for reading in parts; null when there is none. */
export const openFile = async (path: string): Promise<File | null> => {
  const [parts, name] = placeOf(path);
  try {
    return await (await (await folder(parts, false)).getFileHandle(name)).getFile();
  } catch (thrown) {
    if (isMissing(thrown)) return null;
    throw thrown;
  }
};

/** Null when there is no such file. */
export const readFile = async (path: string): Promise<Uint8Array<ArrayBuffer> | null> => {
  const file = await openFile(path);
  return file && new Uint8Array(await file.arrayBuffer());
};

/** Paths of all files below a folder, relative to it and sorted; empty when there is no such folder. */
export const listFiles = async (path: string): Promise<string[]> => {
  const walk = async (handle: FileSystemDirectoryHandle, prefix: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const [name, entry] of handle.entries())
      if (entry.kind === "file") found.push(prefix + name);
      else found.push(...(await walk(entry, `${prefix}${name}/`)));
    return found;
  };
  try {
    return (await walk(await folder(path.split("/"), false), "")).sort();
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
};

/** Removes a file or a folder with all in it; nothing happens when there is none. */
export const removePath = async (path: string): Promise<void> => {
  const [parts, name] = placeOf(path);
  try {
    await (await folder(parts, false)).removeEntry(name, { recursive: true });
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
  }
};
