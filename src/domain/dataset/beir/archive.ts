import { BlobReader, ZipReader, type Entry } from "@zip.js/zip.js";
import { StudioError } from "../../errors.ts";
import { beirFilesIn } from "./part.ts";
import type { BeirSource } from "./parse.ts";

type FileEntry = Extract<Entry, { directory: false }>;

/**
 * The files of the BEIR set in a zip archive, each unpacked as it is read; null when the archive holds no set. Only its table
 * of contents is read here.
 *
 * @throws StudioError `archive-damaged`, `file-encrypted`
 */
export const beirInArchive = async (archive: Blob): Promise<BeirSource[] | null> => {
  const reader = new ZipReader(new BlobReader(archive), { useWebWorkers: false, filenameValidation: "tolerant" });
  const entries = await reader.getEntries().catch((cause: unknown) => Promise.reject(damaged(cause)));
  const files = entries.filter((entry): entry is FileEntry => !entry.directory);
  const names = beirFilesIn(files.map(({ filename }) => filename));
  return (
    names &&
    files
      .filter(({ filename }) => names.includes(filename))
      .map((entry) => ({ fileName: entry.filename, bytes: entry.uncompressedSize, open: () => unpacked(entry) }))
  );
};

const unpacked = (entry: FileEntry): ReadableStream<Uint8Array> => {
  if (entry.encrypted)
    throw new StudioError(
      "file-encrypted",
      "The file is encrypted in its archive.",
      "Unpack the archive with its password and drop the folder.",
    );
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  entry
    .getData(writable, { checkSignature: true })
    .catch((cause: unknown) => writable.abort(damaged(cause)).catch(() => undefined));
  return readable;
};

const damaged = (cause?: unknown): StudioError =>
  new StudioError("archive-damaged", "The zip archive is damaged.", "Copy it again, or drop the unpacked folder.", {
    cause,
  });

/** @throws StudioError `beir-not-in-archive` */
export const refuseArchive = (fileName: string): StudioError =>
  new StudioError(
    "beir-not-in-archive",
    `${fileName} holds no whole BEIR set: queries.jsonl, corpus.jsonl and qrels/*.tsv belong to one.`,
    "Unpack other files first. Documents in a .zip are read where questions are written about them.",
  );
