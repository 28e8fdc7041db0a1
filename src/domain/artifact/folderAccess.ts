import { present } from "../present.ts";

/** A folder to be verified, wherever it lies. */
export interface FolderAccess {
  /** All files in it, forward-slash paths. */
  paths(): Promise<string[]>;
  size(path: string): Promise<number | null>;
  read(path: string, start?: number, end?: number): Promise<Uint8Array>;
  /** SHA-256 in hex where it was already computed from the very bytes (an upload hashed on the way in). */
  knownSha256?(path: string): Promise<string | null>;
}

/** A folder that lies in memory (a fresh export, an unpacked zip). */
export const memoryFolder = (files: { path: string; bytes: Uint8Array }[]): FolderAccess => {
  const find = (path: string) => files.find((file) => file.path === path)?.bytes;
  return {
    paths: async () => files.map(({ path }) => path),
    size: async (path) => find(path)?.length ?? null,
    read: async (path, start, end) => present(find(path), path).subarray(start, end),
  };
};
