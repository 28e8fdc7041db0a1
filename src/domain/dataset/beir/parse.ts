import type { ByteSource } from "../parse/open.ts";
import type { ParsedDataset } from "../types.ts";
import type { ParseProgress } from "../parse/parseDataset.ts";
import { joinBeir } from "./join.ts";
import { readBeirFile, type BeirFile } from "./read.ts";

/** Reads the three files of a BEIR set and joins them to pairs with a corpus. Errors: those of both steps. */
export const parseBeir = async (
  files: readonly { source: ByteSource; fileName: string; bytes: number }[],
  options: { onProgress?: (progress: ParseProgress) => void; signal?: AbortSignal } = {},
): Promise<ParsedDataset> => {
  const progress: ParseProgress = { bytes: 0, totalBytes: 0, rows: 0, badLines: 0 };
  progress.totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const read: BeirFile[] = [];
  for (const { source, fileName, bytes } of files) {
    const file = await readBeirFile(source, { fileName, bytes, signal: options.signal });
    read.push(file);
    progress.bytes += bytes;
    progress.badLines += file.badLines.length;
    options.onProgress?.({ ...progress });
  }
  return joinBeir(read);
};
