import { StudioError } from "../../domain/errors.ts";
import { createHasher, type Hasher } from "../../domain/hashing.ts";
import { request, TransientFailure, type Fetch, type HubPlace, type RemoteFile } from "./protocol.ts";
import { withRetries, type RetryOptions } from "./retry.ts";
import type { AppendFile, HubStore } from "./store.ts";

export interface DownloadOptions {
  fetcher: Fetch;
  retry: RetryOptions;
  signal?: AbortSignal;
  /** Bytes of this file that lie in the store. */
  onBytes: (stored: number) => void;
}

/** The hub serves other content than when the download began. */
export class ChangedOnHub extends Error {}

const REHASH_CHUNK = 8 * 1024 * 1024;
/** Bytes between flushes: what a crash can cost. */
const FLUSH_EVERY = 64 * 1024 * 1024;

/**
 * Downloads a file into the store, going on after what already lies there, and hashes it on the way. At most one network
 * chunk is in memory.
 * @returns the SHA-256 of the whole file
 * @throws ChangedOnHub, StudioError `hub-unreachable`, `quota-exceeded`, `hub-busy`, and those of `request`
 */
export const downloadFile = async (
  store: HubStore,
  target: string,
  place: HubPlace,
  path: string,
  remote: RemoteFile,
  options: DownloadOptions,
): Promise<string> => {
  const file = await store.append(target);
  try {
    if (file.size() > remote.bytes) file.truncate(0);
    const state = { hasher: rehash(file), file };
    options.onBytes(file.size());
    await withRetries(
      place,
      options.retry,
      () => stream(state, place, path, remote, options),
      options.signal,
      () => file.size(),
    );
    return state.hasher.hex();
  } finally {
    file.flush();
    file.close();
  }
};

/** The hash state over what is stored, so that hashing can go on. */
const rehash = (file: AppendFile): Hasher => {
  const hasher = createHasher();
  for (let at = 0; at < file.size(); at += REHASH_CHUNK)
    hasher.update(file.read(at, Math.min(file.size(), at + REHASH_CHUNK)));
  return hasher;
};

const stream = async (
  state: { hasher: Hasher; file: AppendFile },
  place: HubPlace,
  path: string,
  remote: RemoteFile,
  { fetcher, signal, onBytes }: DownloadOptions,
): Promise<void> => {
  const { file } = state;
  if (file.size() === remote.bytes) return;
  const from = file.size();
  const response = await request(fetcher, place, path, { method: "GET", ...(from > 0 ? { from } : {}), signal });
  if (!response?.body) throw new ChangedOnHub();
  checkSame(response, remote, from);
  // A server without ranges answers 200 with everything from the start.
  if (from > 0 && response.status === 200) {
    file.truncate(0);
    state.hasher = createHasher();
  }
  let unflushed = 0;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw new TransientFailure("connection cut", null, { cause });
      });
      if (done) break;
      if (file.size() + value.length > remote.bytes) throw new ChangedOnHub();
      append(file, value, remote.bytes);
      state.hasher.update(value);
      onBytes(file.size());
      unflushed += value.length;
      if (unflushed < FLUSH_EVERY) continue;
      file.flush();
      unflushed = 0;
    }
  } finally {
    // Frees the connection when we leave early; the failure that made us leave is the one to tell.
    await reader.cancel().catch(() => {});
  }
  if (file.size() < remote.bytes) throw new TransientFailure("the answer ended early");
};

const checkSame = (response: Response, remote: RemoteFile, from: number): void => {
  const etag = response.headers.get("ETag");
  if (response.status === 416 || (etag !== null && remote.etag !== null && etag !== remote.etag))
    throw new ChangedOnHub();
  if (response.status !== 206) return;
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "");
  // Some servers do not let scripts of other origins read it; the length and hash at the end tell then.
  if (range && (Number(range[1]) !== from || Number(range[2]) !== remote.bytes)) throw new ChangedOnHub();
};

const append = (file: AppendFile, bytes: Uint8Array, total: number): void => {
  try {
    file.write(bytes);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "QuotaExceededError")
      throw quotaExceeded(total - file.size(), null, cause);
    throw cause;
  }
};

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString("en")} MB`;

/** @param free bytes left, null when unknown */
export const quotaExceeded = (needed: number, free: number | null, cause?: unknown): StudioError =>
  new StudioError(
    "quota-exceeded",
    `The model needs ${megabytes(needed)} more of the browser's storage${free === null ? ", and that is full" : `, and ${megabytes(Math.max(0, free))} are free`}.`,
    "Free disk space, remove other cached models, or leave private browsing: private windows have little storage. What is downloaded is kept.",
    { cause },
  );
