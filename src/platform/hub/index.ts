export { listCachedModels, removeCachedModel } from "./cache.ts";
export { listFiles, readStored, storedParts, storeFiles, type ListedFile } from "./files.ts";
export { openHubModel, type HubModelOptions } from "./hubModel.ts";
export { memoryStore } from "./memoryStore.ts";
export { opfsStore } from "./opfsStore.ts";
export type { HubPlace } from "./protocol.ts";
export type { HubStore } from "./store.ts";
