import { StudioError } from "../../../domain/errors.ts";
import type { ExportedFile } from "../../../domain/export/index.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import type { HubStore } from "../../../platform/hub/index.ts";

/** Where files lie until they are whole and checked. */
const PART = "part";
/** Read at once when a staged file is passed on. */
const PIECE = 4 * 1024 * 1024;

const place = (path: string): string => `${PART}/${path}`;

export const storageFull = (cause?: unknown): StudioError =>
  new StudioError(
    "storage-full",
    "The browser's storage has no room for this file; nothing was kept.",
    "Free disk space, or remove old runs and models, then try again.",
    { cause },
  );

/** Bytes appended to a file of the store as they come. @throws StudioError `storage-full` */
export const appendAll = async (
  store: HubStore,
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): Promise<void> => {
  const file = await store.append(path);
  try {
    let written = 0;
    for await (const chunk of chunks) {
      file.write(chunk);
      onBytes((written += chunk.length));
    }
    file.flush();
  } catch (thrown) {
    throw thrown instanceof DOMException && thrown.name === "QuotaExceededError" ? storageFull(thrown) : thrown;
  } finally {
    file.close();
  }
};

/** Files of a form on this browser's disk, while they are written and checked. */
export class Staging {
  constructor(private readonly store: HubStore) {}

  /** What an earlier one left, also of a tab that was closed. */
  clear(): Promise<void> {
    return this.store.remove(PART);
  }

  /** @throws StudioError `storage-full` */
  async write(file: ExportedFile, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<void> {
    const { path, chunks } = file;
    const stoppable = async function* () {
      for await (const chunk of chunks) {
        signal.throwIfAborted();
        yield chunk;
      }
    };
    await appendAll(this.store, place(path), stoppable(), onBytes);
  }

  async *read(path: string, bytes: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes; at += PIECE) yield await this.store.read(place(path), at, Math.min(bytes, at + PIECE));
  }

  /** The staged folder as a model. */
  model(id: string): ModelFiles {
    const { store } = this;
    return {
      id,
      revision: "local",
      size: (path) => store.size(place(path)),
      read: async (path, start = 0, end) => store.read(place(path), start, end ?? (await store.size(place(path))) ?? 0),
      sha256: async () => null,
    };
  }
}
