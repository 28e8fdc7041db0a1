import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

/** Windows knows no such flag; making links there takes rights that a planted file has not. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** Opens a file for reading unless its name is a symbolic link (`ELOOP`). */
export const openPlain = (path: string): Promise<FileHandle> => open(path, constants.O_RDONLY | NO_FOLLOW);

/** Reads a file unless its name is a symbolic link. */
export const readPlain = async (path: string): Promise<Buffer> => {
  const handle = await openPlain(path);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
};

export const readPlainText = async (path: string): Promise<string> => (await readPlain(path)).toString("utf8");
