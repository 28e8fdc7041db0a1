import { z } from "zod";
import { fromProblem, isProblem, StudioError } from "../../domain/errors.ts";
import { ChangedOnHub, downloadFile, quotaExceeded } from "./download.ts";
import { TransientFailure, type Fetch, type HubPlace } from "./protocol.ts";
import { withRetries, type RetryOptions } from "./retry.ts";
import type { HubStore } from "./store.ts";

/** A file of a revision, known by its content. */
export interface ListedFile {
  path: string;
  bytes: number;
  sha256: string;
}

interface Options {
  fetcher?: Fetch;
  retry?: RetryOptions;
  signal?: AbortSignal;
}

/** A server of one's own answers or does not: waits are short. */
const RETRY: RetryOptions = { tries: 3, firstDelayMs: 400 };

const treeSchema = z.array(
  z.object({
    path: z.string(),
    type: z.enum(["file", "directory"]),
    size: z.int().nonnegative(),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
  }),
);

/**
 * The files of a revision on the studio's own server, with sizes and SHA-256, in one request.
 * @throws StudioError `server-unreachable`, `unauthorized`, `hub-not-found`, `hub-refused`
 */
export const listFiles = async (place: HubPlace, options: Options = {}): Promise<ListedFile[]> => {
  const { fetcher = fetch, retry = RETRY, signal } = options;
  const { host, repo, revision } = place;
  const response = await own(() =>
    withRetries(
      place,
      retry,
      async () => {
        const answer = await telling(fetcher)(
          `${host}/api/models/${repo}/tree/${encodeURIComponent(revision)}?recursive=true`,
          {
            ...(signal ? { signal } : {}),
            cache: "no-store",
          },
        ).catch((cause: unknown) => {
          signal?.throwIfAborted();
          throw new TransientFailure("no connection", null, { cause });
        });
        if (answer.status === 429 || answer.status >= 500) throw new TransientFailure(`status ${answer.status}`);
        return answer;
      },
      signal,
    ),
  );
  if (response.status === 401 || response.status === 403)
    throw new StudioError(
      "unauthorized",
      "The server gives the model's files out with its token only.",
      "Enter the server's token, then try again.",
    );
  if (response.status === 404)
    throw new StudioError(
      "hub-not-found",
      "The server does not have this model's files any more.",
      "Search again: another model may answer now. Or embed questions on the server.",
    );
  const tree = treeSchema.safeParse(await response.json().catch(() => null));
  if (!response.ok || !tree.success)
    throw new StudioError(
      "hub-refused",
      `The server did not list the model's files (HTTP ${response.status}).`,
      "Try again later.",
    );
  return tree.data.flatMap(({ path, size, lfs }) => (lfs ? [{ path, bytes: size, sha256: lfs.oid }] : []));
};

/** Each content lies once, whichever models have it: a base's weights serve all models tuned from it. */
const dataOf = ({ sha256 }: ListedFile): string => `${sha256}/data`;
/** Written when the content's hash was found right. */
const markOf = ({ sha256 }: ListedFile): string => `${sha256}/whole`;

const isWhole = async (store: HubStore, file: ListedFile): Promise<boolean> =>
  (await store.size(markOf(file))) !== null && (await store.size(dataOf(file))) === file.bytes;

/** A content that a model needs, and how much of it is in the store. */
export interface StoredPart {
  sha256: string;
  bytes: number;
  stored: number;
}

/** What lies in the store of some files; the same content counts once. */
export const storedParts = (store: HubStore, files: readonly ListedFile[]): Promise<StoredPart[]> =>
  Promise.all(
    distinct(files).map(async (file) => {
      const size = (await store.size(dataOf(file))) ?? 0;
      return { sha256: file.sha256, bytes: file.bytes, stored: Math.min(size, file.bytes) };
    }),
  );

/**
 * Brings files into the store, going on with what lies there in part; each is checked against its SHA-256.
 * @param onProgress bytes stored and bytes in all
 * @throws StudioError `server-unreachable`, `hub-hash-mismatch`, `quota-exceeded`, `hub-busy`, `hub-not-found`
 */
export const storeFiles = async (
  store: HubStore,
  place: HubPlace,
  files: readonly ListedFile[],
  options: Options & { onProgress?: (done: number, total: number) => void } = {},
): Promise<void> => {
  const { fetcher = fetch, retry = RETRY, signal, onProgress } = options;
  const parts = await storedParts(store, files);
  const stored = new Map(parts.map((part) => [part.sha256, part.stored]));
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const done = () => [...stored.values()].reduce((sum, bytes) => sum + bytes, 0);
  const free = await store.free();
  if (free !== null && total - done() > free) throw quotaExceeded(total - done(), free);
  onProgress?.(done(), total);
  for (const file of distinct(files)) {
    if (await isWhole(store, file)) continue;
    const remote = { bytes: file.bytes, etag: null, sha256: file.sha256, commit: null };
    const onBytes = (bytes: number) => {
      stored.set(file.sha256, bytes);
      onProgress?.(done(), total);
    };
    const found = await own(() =>
      downloadFile(store, dataOf(file), place, file.path, remote, {
        fetcher: telling(fetcher),
        retry,
        onBytes,
        ...(signal ? { signal } : {}),
      }),
    ).catch((thrown: unknown) => {
      if (thrown instanceof ChangedOnHub) return null;
      throw thrown;
    });
    if (found !== file.sha256) {
      await store.remove(file.sha256);
      throw new StudioError(
        "hub-hash-mismatch",
        `${file.path} did not arrive as the server lists it.`,
        "It was removed. Load the model again.",
      );
    }
    await store.write(markOf(file), new Uint8Array([1]));
  }
};

const PART = 64 * 1024 * 1024;

/** A stored file's bytes, read in parts: browsers do not give gigabytes at once. */
export const readStored = async (store: HubStore, file: ListedFile): Promise<Uint8Array> => {
  const bytes = new Uint8Array(file.bytes);
  for (let at = 0; at < file.bytes; at += PART)
    bytes.set(await store.read(dataOf(file), at, Math.min(file.bytes, at + PART)), at);
  return bytes;
};

const distinct = (files: readonly ListedFile[]): ListedFile[] => [
  ...new Map(files.map((file) => [file.sha256, file])).values(),
];

/** The server's own words for a failure are kept for `own`, behind what a try makes of them. */
const telling =
  (fetcher: Fetch): Fetch =>
  async (input, init) => {
    const response = await fetcher(input, init);
    if (response.status < 500 || !response.headers.get("content-type")?.includes("problem+json")) return response;
    const problem: unknown = await response.json();
    if (!isProblem(problem)) return response;
    throw fromProblem(problem);
  };

/** It is the studio's own server that could not be reached, not the internet. */
const own = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.code !== "hub-unreachable") throw thrown;
    const told = thrown.cause instanceof Error ? thrown.cause.cause : null;
    if (told instanceof StudioError) throw told;
    throw new StudioError(
      "server-unreachable",
      "The studio's server does not answer, or the connection broke too often.",
      "Check that it runs (npm start), then try again: a download goes on where it stopped.",
      { cause: thrown },
    );
  }
};
