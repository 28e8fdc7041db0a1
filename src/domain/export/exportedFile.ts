/** A file of an export, whatever its size: its bytes are made while they are taken. */
export interface ExportedFile {
  /** Forward-slash path inside the folder. */
  path: string;
  /** Bytes, known beforehand. */
  size: number;
  /** The bytes in order; may be asked for once. */
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** A file that lies in memory. */
export const fileOf = (path: string, bytes: Uint8Array<ArrayBuffer>): ExportedFile => ({
  path,
  size: bytes.length,
  chunks: (async function* () {
    yield bytes;
  })(),
});
