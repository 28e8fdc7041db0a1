import type { ModelFiles } from "../modelFiles.ts";

/**
 * The base's config.json as an artifact keeps it. Under its usual name it would lie beside adapter_config.json, and since
 * 2026 transformers takes a local folder with both for a complete model and looks for weights in it.
 */
export const BASE_CONFIG_PATH = "base_config.json";

/** Where an artifact's manifest has the base's config: folders of schema version 1 still hold a `config.json`. */
export const baseConfigPath = ({ schemaVersion }: { schemaVersion: number }): string =>
  schemaVersion === 1 ? "config.json" : BASE_CONFIG_PATH;

/** An artifact's folder as a model folder, in which `config.json` is the base's. Other folders are passed through. */
export const asModelFolder = (files: ModelFiles): ModelFiles => {
  const place = async (path: string): Promise<string> =>
    path === "config.json" && (await files.size(BASE_CONFIG_PATH)) !== null ? BASE_CONFIG_PATH : path;
  return {
    ...files,
    size: async (path) => files.size(await place(path)),
    read: async (path, start, end, signal) => files.read(await place(path), start, end, signal),
    sha256: async (path) => files.sha256(await place(path)),
  };
};
