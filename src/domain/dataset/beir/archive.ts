import { BlobReader, ZipReader, type Entry } from "@zip.js/zip.js";
import { StudioError } from "../../errors.ts";
import { beirFilesIn, missingBeirFile } from "./part.ts";
import type { BeirSource } from "./parse.ts";

type FileEntry = Extract<Entry, { directory: false }>;

/**
 * The files of the BEIR set in a zip archive, each unpacked as it is read; null when the archive holds no set. Only its table
 * of contents is read here.
 *
 * @throws StudioError `archive-damaged`, `file-encrypted`
 */
export const beirInArchive = async (archive: Blob): Promise<BeirSource[] | null> => {
  const files = await filesIn(archive);
  const names = beirFilesIn(files.map(({ filename }) => filename));
  return (
    names &&
    files
      .filter(({ filename }) => names.includes(filename))
      .map((entry) => ({ fileName: entry.filename, bytes: entry.uncompressedSize, open: () => unpacked(entry) }))
  );
};

/** By its table of contents. @throws StudioError `archive-damaged` */
const filesIn = async (archive: Blob): Promise<FileEntry[]> => {
  const reader = new ZipReader(new BlobReader(archive), { useWebWorkers: false, filenameValidation: "tolerant" });
  const entries = await reader.getEntries().catch((cause: unknown) => Promise.reject(damaged(cause)));
  return entries.filter((entry): entry is FileEntry => !entry.directory);
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

/** Why an archive holds no set: `beir-not-in-archive`, with what it lacks. */
export const refuseArchive = async (archive: Blob, fileName: string): Promise<StudioError> => {
  const missing = missingBeirFile((await filesIn(archive)).map(({ filename }) => filename));
  const parts = "queries.jsonl, corpus.jsonl and qrels/*.tsv";
  return new StudioError(
    "beir-not-in-archive",
    missing !== null
      ? `${fileName} lacks ${missing}: a BEIR set has ${parts}.`
      : `${fileName} holds no whole BEIR set: ${parts} belong to one.`,
    missing !== null
      ? "Pack it with the others."
      : "Unpack other files first. Documents in a .zip are read where questions are written about them.",
  );
};
