import { zipArtifact, type ZipEntry } from "../../../domain/artifact/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { HubStore } from "../../../platform/hub/index.ts";
import type { SavedForm, SaveTarget } from "../protocol.ts";
import { appendAll, storageFull } from "./staging.ts";

/** The finished zip where no target was chosen; the next one takes its place. */
const ZIP = "download.zip";

export interface ZipPlace {
  store: HubStore;
  /** A stored file for reading in parts. */
  openStored(path: string): Promise<File | null>;
  target: SaveTarget;
  onBytes(done: number, total: number): void;
  signal: AbortSignal;
}

/**
 * Streams a folder as one zip to the file that the person has chosen, which gets the new content only when all of it is
 * there, or to this browser's disk.
 * @throws StudioError `storage-full`, `target-unwritable`, and what the entries throw
 */
export const saveZip = async (
  entries: ZipEntry[],
  { date, folder }: { date: Date; folder: string },
  { store, openStored, target, onBytes, signal }: ZipPlace,
): Promise<Pick<SavedForm, "bytes" | "file">> => {
  const { stream, bytes } = zipArtifact(entries, date, `${folder}/`);
  await store.remove(ZIP);
  let done = 0;
  if (target) {
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        controller.enqueue(chunk);
        onBytes((done += chunk.length), bytes);
      },
    });
    const writable = await target.createWritable();
    // An abort or an error discards what was written.
    await stream
      .pipeThrough(counted)
      .pipeTo(writable as WritableStream<Uint8Array>, { signal })
      .catch((thrown: unknown) => {
        throw unwritable(thrown);
      });
    return { bytes, file: null };
  }
  const chunks = (async function* () {
    const reader = stream.getReader();
    try {
      for (;;) {
        signal.throwIfAborted();
        const { done: ended, value } = await reader.read();
        if (ended) return;
        yield value;
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  })();
  try {
    await appendAll(store, ZIP, chunks, (written) => onBytes(written, bytes));
  } catch (thrown) {
    await store.remove(ZIP);
    throw thrown;
  }
  return { bytes, file: await openStored(ZIP) };
};

/** What the disk or the browser said against the chosen file. */
const unwritable = (thrown: unknown): unknown => {
  if (!(thrown instanceof DOMException) || thrown.name === "AbortError") return thrown;
  if (thrown.name === "QuotaExceededError") return storageFull(thrown);
  return new StudioError(
    "target-unwritable",
    "The chosen file could not be written.",
    "Choose a place that you may write to, on a disk with room.",
    { cause: thrown },
  );
};
