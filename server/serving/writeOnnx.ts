import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { OnnxSink } from "../../src/domain/onnx/index.ts";

/** Writes what one of the ONNX writers gives into new files of a folder, and waits until the disk has them. */
export const writeOnnx = async (folder: string, write: (sink: OnnxSink) => Promise<unknown>): Promise<void> => {
  const handles = new Map<string, FileHandle>();
  try {
    await write(async (path, bytes) => {
      let handle = handles.get(path);
      if (!handle) handles.set(path, (handle = await open(join(folder, path), "wx")));
      await handle.writeFile(bytes);
    });
    for (const handle of handles.values()) await handle.sync();
  } finally {
    for (const handle of handles.values()) await handle.close();
  }
};
