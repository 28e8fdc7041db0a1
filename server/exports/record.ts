import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { sha256Schema } from "../../src/domain/api/index.ts";
import { EXPORT_TYPES, FORMS } from "../../src/domain/export/types.ts";
import { inFolder } from "../lib/paths.ts";
import { FILE_LIST, type WrittenFile } from "./writeExport.ts";

/** What the server notes beside the files of a form. */
export const RECORD = "export.json";

const recordSchema = z.object({
  form: z.enum(FORMS),
  dtype: z.enum(EXPORT_TYPES),
  /** Smallest cosine of the probe texts' vectors to the tuned model's own. */
  cosine: z.number(),
  createdAt: z.string(),
});
export type ExportRecord = z.infer<typeof recordSchema>;

const listSchema = z.array(z.object({ path: z.string(), bytes: z.int().nonnegative(), sha256: sha256Schema }));

/** A form on disk: whole, checked when it was made, and never changed. */
export interface StoredExport extends ExportRecord {
  directory: string;
  /** What it consists of, without the server's own notes. */
  files: WrittenFile[];
}

/** Reads a form's folder. Null where it is not one, or a file is missing or of another size: then it is made again. */
export const readExport = async (directory: string): Promise<StoredExport | null> => {
  try {
    const json = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(directory, name), "utf8"));
    const record = recordSchema.parse(await json(RECORD));
    const files = listSchema.parse(await json(FILE_LIST)).filter(({ path }) => path !== RECORD);
    for (const { path, bytes } of files) if ((await stat(inFolder(directory, path))).size !== bytes) return null;
    return { ...record, directory, files };
  } catch {
    return null;
  }
};
