/** The contracts between the page and the server: zod schemas, their types, and the addresses. */
export * from "./bases.ts";
export * from "./events.ts";
export * from "./exports.ts";
export * from "./feedback.ts";
export * from "./gate.ts";
export * from "./generation.ts";
export * from "./health.ts";
export * from "./langfuse.ts";
export * from "./metadata.ts";
export * from "./models.ts";
export * from "./paths.ts";
export * from "./primitives.ts";
export * from "./problem.ts";
export * from "./publish.ts";
export * from "./rerank.ts";
export * from "./retrieval.ts";
export * from "./uploads.ts";
