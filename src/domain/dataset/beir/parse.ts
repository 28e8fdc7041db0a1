import type { ByteSource } from "../parse/open.ts";
import type { ParseProgress } from "../parse/parseDataset.ts";
import { joinBeir, type BeirSet } from "./join.ts";
import { readBeirFile, type BeirFile } from "./read.ts";

/** A file of a set; it is opened when its turn comes. */
export interface BeirSource {
  open(): ByteSource;
  /** Its path, where it came in a folder or an archive. */
  fileName: string;
  bytes: number;
}

/** Reads the files of a BEIR set and joins them to pairs with a corpus. Errors: those of both steps. */
export const parseBeir = async (
  files: readonly BeirSource[],
  options: { onProgress?: (progress: ParseProgress) => void; signal?: AbortSignal } = {},
): Promise<BeirSet> => {
  const progress: ParseProgress = { bytes: 0, totalBytes: 0, rows: 0, badLines: 0 };
  progress.totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const read: BeirFile[] = [];
  for (const { open, fileName, bytes } of files) {
    const before = progress.bytes;
    const onBytes = (count: number) => {
      progress.bytes += count;
      options.onProgress?.({ ...progress });
    };
    const file = await readBeirFile(open(), { fileName, bytes, signal: options.signal, onBytes });
    read.push({ ...file, fileName: fileName.split("/").at(-1) ?? fileName });
    progress.bytes = before + bytes;
    progress.badLines += file.badLines.length;
  }
  return joinBeir(read);
};
