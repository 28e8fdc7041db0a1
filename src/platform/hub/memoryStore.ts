import { entry } from "../../domain/present.ts";
import type { HubStore } from "./store.ts";

/** A store in memory, with a quota: for tests, and for runs that keep nothing. */
export const memoryStore = (quota = Infinity): HubStore & { files: Map<string, Uint8Array> } => {
  const files = new Map<string, Uint8Array>();
  const used = () => [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  const put = (path: string, bytes: Uint8Array) => {
    if (used() - (files.get(path)?.length ?? 0) + bytes.length > quota)
      throw new DOMException("full", "QuotaExceededError");
    files.set(path, bytes);
  };
  return {
    files,
    size: async (path) => files.get(path)?.length ?? null,
    read: async (path, start, end) => entry(files, path).slice(start, end),
    write: async (path, bytes) => put(path, bytes.slice()),
    append: async (path) => {
      if (!files.has(path)) files.set(path, new Uint8Array(0));
      const bytes = () => entry(files, path);
      return {
        size: () => bytes().length,
        write: (piece) => {
          const grown = new Uint8Array(bytes().length + piece.length);
          grown.set(bytes());
          grown.set(piece, bytes().length);
          put(path, grown);
        },
        truncate: (size) => void files.set(path, bytes().slice(0, size)),
        read: (start, end) => bytes().slice(start, end),
        flush: () => {},
        close: () => {},
      };
    },
    list: async (folder) =>
      [...files]
        .filter(([path]) => folder === "" || path.startsWith(`${folder}/`))
        .map(([path, bytes]) => ({ path, bytes: bytes.length })),
    remove: async (path) => {
      for (const key of files.keys()) if (key === path || key.startsWith(`${path}/`)) files.delete(key);
    },
    free: async () => (quota === Infinity ? null : quota - used()),
  };
};
