import { z } from "zod";
import { QWEN3_EMBEDDING_06B } from "../../domain/bases.ts";
import { StudioError } from "../../domain/errors.ts";
import { sha256Hex } from "../../domain/hashing.ts";
import { SHARDS_PATH, WEIGHTS_PATH, type ModelFiles } from "../../domain/modelFiles.ts";
import { present } from "../../domain/present.ts";
import { layoutOf } from "./layout.ts";
import { ChangedOnHub, downloadFile, quotaExceeded } from "./download.ts";
import {
  headFile,
  request,
  sha256OfTag,
  TransientFailure,
  type Fetch,
  type HubPlace,
  type RemoteFile,
} from "./protocol.ts";
import { DEFAULT_RETRY, withRetries, type RetryOptions } from "./retry.ts";
import { modelFolder, readState, writeState, type ModelState } from "./state.ts";
import type { HubStore } from "./store.ts";

const HUGGING_FACE = "https://huggingface.co";

export interface HubModelOptions {
  repo: string;
  /** Commit, branch or tag. Only a commit can be opened again without asking the hub. */
  revision: string;
  host?: string;
  store: HubStore;
  /** Bytes stored and bytes in all; weights from an earlier visit count as stored. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
  fetcher?: Fetch;
  retry?: RetryOptions;
  /** Files of a model that is laid out otherwise than the bases, its weights last: these are fetched, and no others. */
  parts?: readonly string[];
  /** Hash that the weights must have; that of {@link QWEN3_EMBEDDING_06B} at its revision unless given. */
  expectedSha256?: string;
}

/** A model of the hub, in the store. */
export interface HubModel extends ModelFiles {
  /** Hash of model.safetensors (null for a model in shards), and whether it is the validated base's. */
  readonly weights: { sha256: string | null; pinned: boolean };
}

/**
 * Downloads a model into the store, or opens it from there; an interrupted download goes on. A complete model at a commit
 * needs no network.
 * @throws StudioError `hub-unreachable`, `hub-not-found`, `hub-forbidden`, `hub-hash-mismatch`, `hub-changed`, `quota-exceeded`,
 * `hub-busy`, `hub-incomplete` (the repository lacks a file that every model has)
 */
export const openHubModel = async (options: HubModelOptions): Promise<HubModel> => {
  const { repo, revision, host = HUGGING_FACE, store } = options;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repo))
    throw new StudioError("hub-not-found", "A model's name has the form owner/model.", "Write it as on the hub.");
  const place: HubPlace = { host: host.replace(/\/+$/, ""), repo, revision };
  const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : await resolveCommit(place, options);
  const folder = modelFolder(repo, commit);
  const known = await readState(store, folder);
  const listed = options.parts?.every((path) => known?.files[path]?.sha256) ?? true;
  if (known?.complete && listed && (await isWhole(store, folder, known))) {
    const total = Object.values(known.files).reduce((sum, { bytes }) => sum + bytes, 0);
    options.onProgress?.(total, total);
    return modelOf(store, folder, known);
  }
  const state: ModelState = {
    version: 1,
    repo,
    revision: commit,
    host: place.host,
    files: known?.files ?? {},
    complete: false,
  };
  await fetchModel({ ...place, revision: commit }, folder, state, options);
  return modelOf(store, folder, state);
};

/** The commit behind a branch or tag, so that its files are all of one state. */
const resolveCommit = async (
  place: HubPlace,
  { fetcher = fetch, retry = DEFAULT_RETRY, signal }: HubModelOptions,
): Promise<string> => {
  const head = await withRetries(place, retry, () => headFile(fetcher, place, "config.json", signal), signal);
  return head?.commit ?? place.revision;
};

/** Whether the files still have the sizes of the state: a person may clear parts of a browser's storage. */
const isWhole = async (store: HubStore, folder: string, state: ModelState): Promise<boolean> => {
  for (const [path, { bytes }] of Object.entries(state.files))
    if ((await store.size(`${folder}/${path}`)) !== bytes) return false;
  return true;
};

const fetchModel = async (
  place: HubPlace,
  folder: string,
  state: ModelState,
  options: HubModelOptions,
): Promise<void> => {
  const { fetcher = fetch, retry = DEFAULT_RETRY, signal, store, onProgress, parts } = options;
  const head = (path: string) => withRetries(place, retry, () => headFile(fetcher, place, path, signal), signal);
  const { required, optional, weights: weightsPath } = layoutOf(parts);
  for (const path of [...required, ...optional]) {
    const found = await smallFile(place, folder, path, state, options);
    if (!found && required.includes(path)) throw incomplete(place, path);
  }
  const whole = await head(weightsPath);
  const weights = new Map<string, RemoteFile>();
  if (whole) weights.set(weightsPath, whole);
  else if (parts) throw incomplete(place, weightsPath);
  else
    for (const shard of await shardNames(place, folder, state, options)) {
      const remote = await head(shard);
      if (!remote) throw incomplete(place, shard);
      weights.set(shard, remote);
    }
  await checkQuota(store, folder, weights);
  const stored = new Map(
    Object.entries(state.files)
      .filter(([path]) => !weights.has(path))
      .map(([path, { bytes }]) => [path, bytes]),
  );
  const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
  const total = sum(stored.values()) + sum([...weights.values()].map(({ bytes }) => bytes));
  for (const [path, remote] of weights)
    await weightFile(place, folder, path, remote, state, options, (bytes) => {
      stored.set(path, bytes);
      onProgress?.(sum(stored.values()), total);
    });
  state.complete = true;
  await writeState(store, folder, state);
};

const weightFile = async (
  place: HubPlace,
  folder: string,
  path: string,
  first: RemoteFile,
  state: ModelState,
  options: HubModelOptions,
  onBytes: (stored: number) => void,
): Promise<void> => {
  const { fetcher = fetch, retry = DEFAULT_RETRY, signal, store } = options;
  const target = `${folder}/${path}`;
  let remote = first;
  for (let changes = 0; ; changes++) {
    const known = state.files[path];
    // What lies there is of use only if it is the beginning of the same content.
    if (known?.bytes !== remote.bytes || known.etag !== remote.etag) await store.remove(target);
    if (known?.sha256 && (await store.size(target)) === remote.bytes && known.etag === remote.etag)
      return onBytes(remote.bytes);
    state.files[path] = { bytes: remote.bytes, etag: remote.etag, sha256: null };
    await writeState(store, folder, state);
    try {
      const sha256 = await downloadFile(store, target, place, path, remote, { fetcher, retry, signal, onBytes });
      const expected = expectedHash(place, path, remote, options);
      if (expected !== null && sha256 !== expected) {
        await store.remove(target);
        throw new StudioError(
          "hub-hash-mismatch",
          `${path} of ${place.repo} has SHA-256 ${sha256} where ${expected} is expected.`,
          "The download was damaged or the hub serves other weights. It was removed; load the model again, from another network if it stays.",
        );
      }
      state.files[path] = { bytes: remote.bytes, etag: remote.etag, sha256 };
      return await writeState(store, folder, state);
    } catch (thrown) {
      if (!(thrown instanceof ChangedOnHub)) throw thrown;
      await store.remove(target);
      if (changes === 2)
        throw new StudioError(
          "hub-changed",
          `${path} of ${place.repo} keeps changing on the hub while it is downloaded.`,
          "Use a commit as the revision, or try again later.",
        );
      const again = await withRetries(place, retry, () => headFile(fetcher, place, path, signal), signal);
      if (!again) throw incomplete(place, path);
      remote = again;
    }
  }
};

const expectedHash = (
  { repo, revision }: HubPlace,
  path: string,
  remote: RemoteFile,
  { expectedSha256 }: HubModelOptions,
): string | null => {
  const pinned =
    repo === QWEN3_EMBEDDING_06B.id && revision === QWEN3_EMBEDDING_06B.revision ? QWEN3_EMBEDDING_06B.sha256 : null;
  return (path === WEIGHTS_PATH ? (expectedSha256 ?? pinned) : null) ?? remote.sha256;
};

/** Fetches a small file as a whole. @returns false when the repository has none */
const smallFile = async (
  place: HubPlace,
  folder: string,
  path: string,
  state: ModelState,
  options: HubModelOptions,
): Promise<boolean> => {
  const { fetcher = fetch, retry = DEFAULT_RETRY, signal, store } = options;
  const target = `${folder}/${path}`;
  const known = state.files[path];
  if (known && (await store.size(target)) === known.bytes) return true;
  const answer = await withRetries(
    place,
    retry,
    async () => {
      const response = await request(fetcher, place, path, { method: "GET", signal });
      if (!response) return null;
      const bytes = await response.arrayBuffer().catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw new TransientFailure("connection cut", null, { cause });
      });
      return { bytes: new Uint8Array(bytes), etag: response.headers.get("ETag") };
    },
    signal,
  );
  if (!answer) return false;
  const sha256 = sha256Hex(answer.bytes);
  const stated = sha256OfTag(answer.etag);
  if (stated !== null && stated !== sha256)
    throw new StudioError(
      "hub-hash-mismatch",
      `${path} of ${place.repo} does not have the hash that the hub states.`,
      "Load the model again, from another network if it stays.",
    );
  await store.write(target, answer.bytes);
  state.files[path] = { bytes: answer.bytes.length, etag: answer.etag, sha256 };
  await writeState(store, folder, state);
  return true;
};

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string().regex(/^[\w.-]+\.safetensors$/)) });

const shardNames = async (
  place: HubPlace,
  folder: string,
  state: ModelState,
  options: HubModelOptions,
): Promise<string[]> => {
  if (!(await smallFile(place, folder, SHARDS_PATH, state, options))) throw incomplete(place, WEIGHTS_PATH);
  const bytes = await options.store.read(
    `${folder}/${SHARDS_PATH}`,
    0,
    present(state.files[SHARDS_PATH], SHARDS_PATH).bytes,
  );
  let json: unknown = null;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Told as an incomplete model below: without an index there is no list of shards.
  }
  const index = indexSchema.safeParse(json);
  if (!index.success) throw incomplete(place, SHARDS_PATH);
  return [...new Set(Object.values(index.data.weight_map))].sort();
};

const incomplete = ({ repo }: HubPlace, path: string): StudioError =>
  new StudioError(
    "hub-incomplete",
    `${repo} has no usable ${path}.`,
    "Choose a model whose repository has all its files; a base is of the Qwen3-Embedding layout with safetensors weights.",
  );

const checkQuota = async (store: HubStore, folder: string, weights: Map<string, RemoteFile>): Promise<void> => {
  let needed = 0;
  for (const [path, { bytes }] of weights)
    needed += Math.max(0, bytes - ((await store.size(`${folder}/${path}`)) ?? 0));
  const free = await store.free();
  if (free !== null && needed > free) throw quotaExceeded(needed, free);
};

const modelOf = (store: HubStore, folder: string, state: ModelState): HubModel => {
  const sha256 = state.files[WEIGHTS_PATH]?.sha256 ?? null;
  return {
    id: state.repo,
    revision: state.revision,
    weights: { sha256, pinned: state.repo === QWEN3_EMBEDDING_06B.id && sha256 === QWEN3_EMBEDDING_06B.sha256 },
    size: async (path) => state.files[path]?.bytes ?? null,
    sha256: async (path) => state.files[path]?.sha256 ?? null,
    read: async (path, start = 0, end, signal) => {
      signal?.throwIfAborted();
      const file = state.files[path];
      if (!file) throw new StudioError("model-file-missing", `The model has no ${path}.`, "Choose a complete model.");
      return store.read(`${folder}/${path}`, start, Math.min(end ?? file.bytes, file.bytes));
    },
  };
};
