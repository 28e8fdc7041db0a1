export { type Collection } from "./collections.ts";
export { type Database, openDatabase } from "./database.ts";
export { type Job, type JobItem, JobStore, type NewItem } from "./jobs.ts";
export { type EmbeddedChunk, VectorStore } from "./store.ts";
