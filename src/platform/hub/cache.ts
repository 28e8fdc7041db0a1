import { WEIGHTS_PATH } from "../../domain/modelFiles.ts";
import { modelFolder, readState, STATE_FILE } from "./state.ts";
import type { HubStore } from "./store.ts";

/** A model in the store, whole or in part. */
export interface CachedModel {
  repo: string;
  revision: string;
  /** Bytes that it takes. */
  bytes: number;
  complete: boolean;
  /** Of model.safetensors once it is whole. */
  sha256: string | null;
}

/** All models in the store, largest first. */
export const listCachedModels = async (store: HubStore): Promise<CachedModel[]> => {
  const files = await store.list("");
  const folders = files
    .filter(({ path }) => path.endsWith(`/${STATE_FILE}`))
    .map(({ path }) => path.slice(0, -STATE_FILE.length - 1));
  const models: CachedModel[] = [];
  for (const folder of folders) {
    const state = await readState(store, folder);
    if (!state) continue;
    const bytes = files.filter(({ path }) => path.startsWith(`${folder}/`)).reduce((sum, file) => sum + file.bytes, 0);
    models.push({
      repo: state.repo,
      revision: state.revision,
      bytes,
      complete: state.complete,
      sha256: state.files[WEIGHTS_PATH]?.sha256 ?? null,
    });
  }
  return models.sort((a, b) => b.bytes - a.bytes);
};

/** Removes a model with all its files, also a half one. */
export const removeCachedModel = (store: HubStore, repo: string, revision: string): Promise<void> =>
  store.remove(modelFolder(repo, revision));
