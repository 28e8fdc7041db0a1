import { downloadZip } from "client-zip";
import type { Downloads } from "../app/runs/ports.ts";

/** Hands a blob to the browser's own download. */
const saveBlob = (blob: Blob, name: string): void => {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 30_000);
};

export const downloads: Downloads = {
  async folder(name, files) {
    const entries = files.map(({ path, bytes }) => ({
      name: `${name}/${path}`,
      input: bytes as Uint8Array<ArrayBuffer>,
    }));
    saveBlob(await downloadZip(entries).blob(), `${name}.zip`);
  },
  text: (name, text) => saveBlob(new Blob([text], { type: "text/plain;charset=utf-8" }), name),
  file: (name, content) => saveBlob(content, name),
};
