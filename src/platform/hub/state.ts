import { z } from "zod";
import type { HubStore } from "./store.ts";

/** One file of a cached model. */
const fileSchema = z.object({
  bytes: z.int().nonnegative(),
  etag: z.string().nullable(),
  /** Known once the file is whole. */
  sha256: z.string().nullable(),
});

/** `state.json` beside a model's files: what is there and what is whole. */
const stateSchema = z.object({
  version: z.literal(1),
  repo: z.string(),
  revision: z.string(),
  host: z.string(),
  complete: z.boolean(),
  files: z.record(z.string(), fileSchema),
});
export type ModelState = z.infer<typeof stateSchema>;

export const STATE_FILE = "state.json";

/** Folder of a model in the store; repository and revision come back from `state.json`, not from this name. */
export const modelFolder = (repo: string, revision: string): string =>
  `${repo.replace("/", "--")}/${revision.replace(/[^\w.-]/g, "_")}`;

/** The state of a folder; null when there is none, or none that this version reads. */
export const readState = async (store: HubStore, folder: string): Promise<ModelState | null> => {
  const path = `${folder}/${STATE_FILE}`;
  const size = await store.size(path);
  if (size === null) return null;
  try {
    return stateSchema.parse(JSON.parse(new TextDecoder().decode(await store.read(path, 0, size))));
  } catch (thrown) {
    // A state that cannot be read says nothing about the files: they are downloaded again.
    if (thrown instanceof SyntaxError || thrown instanceof z.ZodError) return null;
    throw thrown;
  }
};

export const writeState = (store: HubStore, folder: string, state: ModelState): Promise<void> =>
  store.write(`${folder}/${STATE_FILE}`, new TextEncoder().encode(JSON.stringify(state)));
