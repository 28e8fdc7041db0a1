export { type Database, openDatabase } from "./database.ts";
export { type Job, type JobItem, type JobPayload, JobStore, type NewItem } from "./jobs.ts";
export { type Collection, type EmbeddedChunk, type Hit, HNSW_FROM, type StoredDocument, VectorStore } from "./store.ts";
