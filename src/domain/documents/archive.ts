import { BlobReader, ZipReader, type Entry } from "@zip.js/zip.js";
import { StudioError } from "../errors.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";
import type { SourceFile } from "./sourceFile.ts";

/** A file of an archive, or why it cannot be had. */
export type ArchiveEntry = { name: string; open(): Promise<SourceFile> };

const damaged = (cause?: unknown): StudioError =>
  new StudioError("archive-damaged", "The zip archive is damaged.", "Copy it again, or drop the unpacked folder.", {
    cause,
  });

/** A name as a path inside the archive: nothing is ever written to it, and nothing outside is named. */
const insideName = (archive: string, entry: string): string =>
  [archive, ...entry.split(/[\\/]/).filter((part) => part !== "" && part !== "." && part !== "..")].join("/");

/**
 * The files of a zip archive. Only its table of contents is read at first, each file when it is opened: what the archive says
 * about sizes is counted again while it unpacks.
 *
 * @throws StudioError `archive-damaged`, `archive-too-large`
 */
export async function* archiveEntries({ name, file }: SourceFile): AsyncGenerator<ArchiveEntry> {
  let unpacked = 0;
  let entries = 0;
  const reader = new ZipReader(new BlobReader(file), {
    useWebWorkers: false,
    filenameValidation: "tolerant", // names are made harmless below, and nothing is written
  });
  try {
    const listed = await reader.getEntries().catch((cause: unknown) => Promise.reject(damaged(cause)));
    for (const entry of listed) {
      if (entry.directory) continue;
      if (++entries > DOCUMENT_LIMITS.archiveEntries) throw tooLarge();
      const open = async (): Promise<SourceFile> => {
        const left = Math.min(DOCUMENT_LIMITS.fileBytes, DOCUMENT_LIMITS.archiveUnpackedBytes - unpacked);
        const content = await unpack(entry, left);
        unpacked += content.size;
        return { name: inside, file: content };
      };
      const inside = insideName(name, entry.filename);
      yield { name: inside, open };
    }
  } finally {
    await reader.close();
  }
}

const unpack = async (entry: Extract<Entry, { directory: false }>, limit: number): Promise<Blob> => {
  if (entry.encrypted)
    throw new StudioError(
      "file-encrypted",
      "The file is encrypted in its archive.",
      "Unpack the archive with its password and drop the folder.",
    );
  if (entry.uncompressedSize > limit) throw tooLarge();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const counting = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(part) {
      size += part.byteLength;
      if (size > limit) throw tooLarge();
      parts.push(part.slice());
    },
  });
  try {
    await entry.getData(counting, { checkSignature: true });
  } catch (cause) {
    throw cause instanceof StudioError ? cause : damaged(cause);
  }
  return new Blob(parts);
};

const tooLarge = (): StudioError =>
  new StudioError(
    "archive-too-large",
    "The archive unpacks to more than it may: 100 MB a file, 2 GB in all, 100,000 files.",
    "Split it, or drop the unpacked folder.",
  );
