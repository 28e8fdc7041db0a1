import { asModelFolder } from "../../src/domain/artifact/baseConfig.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { diskFolder } from "../registry/folder.ts";

/** A base's or an artifact's folder on disk as the domain reads a model. */
export const modelFolder = (directory: string, id: string): ModelFiles => {
  const folder = diskFolder(directory);
  return asModelFolder({ id, revision: "local", size: folder.size, read: folder.read, sha256: async () => null });
};
