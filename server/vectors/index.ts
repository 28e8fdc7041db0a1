export { type Collection } from "./collections.ts";
export { type Database, openDatabase } from "./database.ts";
export { type Job, type JobItem, type JobPayload, JobStore, type NewItem } from "./jobs.ts";
export { type Hit } from "./nearest.ts";
export { type EmbeddedChunk, type StoredDocument, VectorStore } from "./store.ts";
