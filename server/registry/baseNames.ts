import type { Problem } from "../../src/domain/errors.ts";

/** Name of a base's folder: the last part of a hub id, `Qwen3-Embedding-0.6B` of `Qwen/Qwen3-Embedding-0.6B`. */
export const folderOfBase = (id: string): string => id.slice(id.lastIndexOf("/") + 1);

/** Whether two names mean one base: its id, or its folder. */
export const sameBase = (a: string, b: string): boolean => folderOfBase(a) === folderOfBase(b);

export const baseMissing = (id: string): Problem => ({
  code: "base-missing",
  message: `The base ${id} is not on this server.`,
  hint: `Put its folder into models/base/${folderOfBase(id)}.`,
});
