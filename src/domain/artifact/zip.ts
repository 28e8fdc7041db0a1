import { makeZip, predictLength } from "client-zip";
import { unzip } from "fflate";
import { isSafeArtifactPath } from "../api/primitives.ts";
import { StudioError } from "../errors.ts";
import { present } from "../present.ts";
import type { FolderFile } from "./build.ts";

/** A file of a zip: in memory, or as a stream of known size (merged weights). */
export interface ZipEntry {
  path: string;
  bytes: Uint8Array | { size: number; chunks: AsyncIterable<Uint8Array> };
}

const metadata = ({ path, bytes }: ZipEntry, date: Date, folder: string) => ({
  name: folder + path,
  lastModified: date,
  size: bytes instanceof Uint8Array ? bytes.length : bytes.size,
});

/**
 * A folder as one zip, streamed and stored without compression (weights do not compress). Equal input gives equal bytes.
 * @param date the artifact's time of creation, in every entry
 * @param folder put in front of every path, `my-model/`
 */
export const zipArtifact = (
  entries: ZipEntry[],
  date: Date,
  folder = "",
): { stream: ReadableStream<Uint8Array>; bytes: number } => ({
  bytes: Number(predictLength(entries.map((entry) => metadata(entry, date, folder)))),
  stream: makeZip(
    entries.map((entry) => ({
      ...metadata(entry, date, folder),
      input: entry.bytes instanceof Uint8Array ? new Uint8Array(entry.bytes) : entry.bytes.chunks,
    })),
  ),
});

/** The same as a Blob, for a download link. */
export const zipBlob = async (entries: ZipEntry[], date: Date, folder = ""): Promise<Blob> =>
  new Response(zipArtifact(entries, date, folder).stream, { headers: { "content-type": "application/zip" } }).blob();

/**
 * Reads a zip of an artifact folder; one leading folder is taken off. Entries are refused by name and by announced size
 * before anything is unpacked, and hold at most what they announce.
 * @throws StudioError `zip-invalid`, `zip-too-large`, `zip-unsafe-path`
 */
export const unzipArtifact = async (zip: Uint8Array, maxBytes = 512 * 1024 * 1024): Promise<FolderFile[]> => {
  let total = 0;
  let refused: StudioError | null = null;
  const contents = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    unzip(
      zip,
      {
        filter: ({ name, originalSize }) => {
          if (name.endsWith("/")) return false;
          total += originalSize;
          if (total > maxBytes)
            refused ??= new StudioError(
              "zip-too-large",
              `The zip holds more than ${Math.round(maxBytes / 2 ** 20)} MB.`,
              "Unpack it yourself and upload the folder.",
            );
          return refused === null;
        },
      },
      (error, files) =>
        error
          ? reject(
              new StudioError("zip-invalid", "The file is not a readable zip.", "Download it again.", { cause: error }),
            )
          : resolve(files),
    );
  });
  if (refused) throw refused as StudioError;
  const names = Object.keys(contents);
  const prefix = commonFolder(names);
  return names
    .map((name) => {
      const path = name.slice(prefix.length);
      if (!isSafeArtifactPath(path))
        throw new StudioError(
          "zip-unsafe-path",
          "The zip holds a file whose name is not a plain relative path.",
          "Use the zip as the studio made it.",
        );
      return { path, bytes: new Uint8Array(present(contents[name], name)) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
};

/** `name/` when every entry lies in it and manifest.json directly so. */
const commonFolder = (names: string[]): string => {
  const folder = names.find((name) => /^[^/]+\/manifest\.json$/.test(name))?.replace("manifest.json", "") ?? "";
  return names.every((name) => name.startsWith(folder)) ? folder : "";
};
