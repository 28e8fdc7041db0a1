import { downloadZip } from "client-zip";

/** Hands a blob to the browser's own download. */
export const saveBlob = (blob: Blob, name: string): void => {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 30_000);
};

/** One zip with a folder of the given name in it. */
export const zipFolder = async (folder: string, files: readonly { path: string; bytes: Uint8Array }[]): Promise<Blob> =>
  downloadZip(
    files.map(({ path, bytes }) => ({ name: `${folder}/${path}`, input: bytes as Uint8Array<ArrayBuffer> })),
  ).blob();
