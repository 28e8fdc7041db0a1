import { StudioError } from "../../domain/errors.ts";
import type { Hasher } from "../../domain/hashing.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";

/** Bytes that are read at once. */
export const SPAN_BYTES = 16 * 2 ** 20;

/** Reads a file front to back, hashing also what is skipped, so that the hash is that of the whole file. */
export class FileInOrder {
  private at = 0;

  constructor(
    private readonly files: ModelFiles,
    private readonly path: string,
    private readonly hasher: Hasher | null,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async read(start: number, end: number): Promise<Uint8Array> {
    await this.skipTo(start);
    const bytes = await this.files.read(this.path, start, end, this.signal);
    if (bytes.byteLength !== end - start)
      throw new StudioError(
        "model-file-truncated",
        `${this.path} ended early: ${bytes.byteLength} of ${end - start} bytes came.`,
        "Download the model again.",
      );
    this.hasher?.update(bytes);
    this.at = end;
    return bytes;
  }

  async finish(): Promise<string> {
    await this.skipTo((await this.files.size(this.path)) ?? this.at);
    return this.hasher?.hex() ?? "";
  }

  private async skipTo(target: number): Promise<void> {
    if (!this.hasher) return;
    while (this.at < target) {
      const end = Math.min(target, this.at + SPAN_BYTES);
      this.hasher.update(await this.files.read(this.path, this.at, end, this.signal));
      this.at = end;
    }
  }
}
