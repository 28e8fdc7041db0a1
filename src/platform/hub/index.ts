export { listCachedModels, removeCachedModel, type CachedModel } from "./cache.ts";
export { listFiles, readStored, storedParts, storeFiles, type ListedFile } from "./files.ts";
export { HUGGING_FACE, openHubModel, type HubModel, type HubModelOptions } from "./hubModel.ts";
export { memoryStore } from "./memoryStore.ts";
export { opfsStore } from "./opfsStore.ts";
export type { HubPlace } from "./protocol.ts";
export type { HubStore } from "./store.ts";
