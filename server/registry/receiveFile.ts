import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { StudioError } from "../../src/domain/errors.ts";

export interface ReceiveOptions {
  /** New file to write; it must not exist. */
  target: string;
  /** Name for messages. */
  path: string;
  /** Exact length. */
  bytes: number;
  /** Longest wait for the next piece. The whole may take twice this and a second for each 16 KB. */
  idleMs: number;
}

/**
 * Writes a stream to a new file, hashing on the way, and waits until the disk has it. Returns the SHA-256 in hex.
 * The stream is left open on failure, so that an HTTP request can still be answered.
 * Throws `upload-too-large`, `upload-truncated` or `upload-stalled`.
 */
export const receiveFile = async (body: Readable, { target, path, bytes, idleMs }: ReceiveOptions): Promise<string> => {
  const hash = createHash("sha256");
  const pieces = body.iterator({ destroyOnReturn: false });
  const deadline = Date.now() + 2 * idleMs + bytes / 16;
  let received = 0;
  const handle = await open(target, "wx", 0o644);
  try {
    for (;;) {
      const piece = await nextWithin(pieces, Math.min(idleMs, deadline - Date.now()), path).catch((thrown: unknown) => {
        throw isCutOff(thrown) ? truncated(path, received, bytes) : thrown;
      });
      if (piece.done) break;
      const chunk = piece.value as Buffer;
      received += chunk.length;
      if (received > bytes)
        throw new StudioError(
          "upload-too-large",
          `${path} is longer than the ${bytes} bytes announced.`,
          "Announce the true size of every file, then send it again.",
        );
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    if (received !== bytes) throw truncated(path, received, bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
};

const nextWithin = async (pieces: AsyncIterator<unknown>, ms: number, path: string) => {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new StudioError(
            "upload-stalled",
            `${path} came too slowly.`,
            "Check the connection and send this file again.",
          ),
        ),
      ms,
    );
  });
  try {
    return await Promise.race([pieces.next(), stalled]);
  } finally {
    clearTimeout(timer);
  }
};

const isCutOff = (thrown: unknown): boolean =>
  ["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "ABORT_ERR"].includes((thrown as NodeJS.ErrnoException)?.code ?? "") ||
  (thrown instanceof Error && thrown.message === "aborted");

const truncated = (path: string, received: number, bytes: number) =>
  new StudioError("upload-truncated", `${path} ended after ${received} of ${bytes} bytes.`, "Send this file again.");
