export { type Collection } from "./collections.ts";
export { type Database, openDatabase } from "./database.ts";
export { FeedbackStore, type KeptHit } from "./feedback.ts";
export { type JobItem, type NewItem } from "./jobItems.ts";
export { type Job, JobStore } from "./jobs.ts";
export { type Hit } from "./nearest.ts";
export { type EmbeddedChunk, type StoredDocument, VectorStore } from "./store.ts";
export { StoreHead } from "./storeHead.ts";
export { StoreUpkeep } from "./upkeep.ts";
