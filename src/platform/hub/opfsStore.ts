import { StudioError } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
import type { AppendFile, HubStore } from "./store.ts";

/** Sync access handles are part of the platform, but not of every version of TypeScript's library. */
interface SyncHandle {
  getSize(): number;
  read(buffer: Uint8Array, options: { at: number }): number;
  write(buffer: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/**
 * A store in the origin private file system below `root`. Appending needs a dedicated worker (sync access handles);
 * reading and listing work in the page too.
 */
export const opfsStore = (root = "hub"): HubStore => {
  const folderOf = async (segments: string[], create: boolean): Promise<FileSystemDirectoryHandle> => {
    let folder = await navigator.storage.getDirectory().catch((cause: unknown) => {
      throw new StudioError(
        "storage-unavailable",
        "This browser does not let the studio store files.",
        "Leave private browsing, or allow this site to store data, and reload the page.",
        { cause },
      );
    });
    for (const segment of [root, ...segments]) folder = await folder.getDirectoryHandle(segment, { create });
    return folder;
  };
  const fileOf = async (path: string, create: boolean): Promise<FileSystemFileHandle> => {
    const segments = path.split("/");
    return (await folderOf(segments.slice(0, -1), create)).getFileHandle(at(segments, -1), { create });
  };
  return {
    size: (path) => orNull(async () => (await (await fileOf(path, false)).getFile()).size),
    read: async (path, start, end) => {
      const file = await (await fileOf(path, false)).getFile();
      return new Uint8Array(await file.slice(start, end).arrayBuffer());
    },
    write: async (path, bytes) => {
      const stream = await (await fileOf(path, true)).createWritable();
      await stream.write(new Uint8Array(bytes));
      await stream.close();
    },
    append: async (path) => appendTo(await openSync(await fileOf(path, true))),
    list: async (folder) => {
      const handle = await orNull(() => folderOf(folder === "" ? [] : folder.split("/"), false));
      return handle ? listing(handle, folder) : [];
    },
    remove: async (path) => {
      const segments = path.split("/");
      await orNull(async () =>
        (await folderOf(segments.slice(0, -1), false)).removeEntry(at(segments, -1), { recursive: true }),
      );
    },
    free: async () => {
      const { quota, usage } = await navigator.storage.estimate();
      return quota === undefined ? null : quota - (usage ?? 0);
    },
  };
};

const openSync = async (handle: FileSystemFileHandle): Promise<SyncHandle> => {
  const { createSyncAccessHandle } = handle as unknown as { createSyncAccessHandle?: () => Promise<SyncHandle> };
  if (!createSyncAccessHandle)
    throw new StudioError(
      "hub-needs-worker",
      "Models are stored from a worker only.",
      "This is a defect of the caller.",
    );
  try {
    return await createSyncAccessHandle.call(handle);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "NoModificationAllowedError")
      throw new StudioError("hub-busy", "Another tab is downloading this model.", "Wait for it, or close that tab.", {
        cause,
      });
    throw cause;
  }
};

const appendTo = (handle: SyncHandle): AppendFile => ({
  size: () => handle.getSize(),
  write: (bytes) => {
    const at = handle.getSize();
    // A full disk may also show as a short write.
    if (handle.write(bytes, { at }) !== bytes.length) {
      handle.truncate(at);
      throw new DOMException("The write came out short.", "QuotaExceededError");
    }
  },
  truncate: (size) => handle.truncate(size),
  read: (start, end) => {
    const bytes = new Uint8Array(end - start);
    return bytes.subarray(0, handle.read(bytes, { at: start }));
  },
  flush: () => handle.flush(),
  close: () => handle.close(),
});

const listing = async (folder: FileSystemDirectoryHandle, path: string): Promise<{ path: string; bytes: number }[]> => {
  const found: { path: string; bytes: number }[] = [];
  for await (const [name, entry] of folder.entries()) {
    const place = path === "" ? name : `${path}/${name}`;
    if (entry.kind === "directory") found.push(...(await listing(entry, place)));
    else found.push({ path: place, bytes: (await entry.getFile()).size });
  }
  return found;
};

/** The value, or null where there is no such file or folder. */
const orNull = async <T>(make: () => Promise<T>): Promise<T | null> => {
  try {
    return await make();
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "NotFoundError") return null;
    throw thrown;
  }
};
