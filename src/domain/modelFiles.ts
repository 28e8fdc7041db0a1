/** The weights of a base in one file; a larger one is cut into shards. */
export const WEIGHTS_PATH = "model.safetensors";
/** Which shard holds which tensor. */
export const SHARDS_PATH = "model.safetensors.index.json";

/** A model folder, wherever it lives: disk, HTTP, OPFS, a dropped zip. */
export interface ModelFiles {
  /** `qwen3-embedding-tiny`, `Qwen/Qwen3-Embedding-0.6B`, or a path. */
  readonly id: string;
  /** Commit of the hub, or `bundled` / `local`. */
  readonly revision: string;
  /** Size in bytes, or null when the file does not exist. */
  size(path: string): Promise<number | null>;
  /** Bytes [start, end) of a file; the whole file without a range. */
  read(path: string, start?: number, end?: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** SHA-256 in hex when it is known without reading the file (a hub's ETag, a finished download), else null. */
  sha256(path: string): Promise<string | null>;
}
