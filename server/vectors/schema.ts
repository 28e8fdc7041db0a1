import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import { STORED_FORMS } from "../../src/domain/evaluation/bytes/forms.ts";
import type { Problem } from "../../src/domain/errors.ts";
import type { Metadata } from "../../src/domain/api/index.ts";

/** pgvector without a fixed dimension: one table serves every model; a collection's own index fixes its dimension. */
const vector = customType<{ data: Float32Array; driverData: string }>({
  dataType: () => "vector",
  toDriver: (value) => `[${value.join(",")}]`,
  fromDriver: (value) => Float32Array.from(JSON.parse(value) as number[]),
});

const halfvec = customType<{ data: Float32Array; driverData: string }>({
  dataType: () => "halfvec",
  toDriver: (value) => `[${value.join(",")}]`,
  fromDriver: (value) => Float32Array.from(JSON.parse(value) as number[]),
});

/** The tables of migrations/; document ids are part of every key, so that Citus can distribute by them. */
export const documents = pgTable("documents", {
  id: text("id").primaryKey(),
  contentHash: text("content_hash").notNull(),
  title: text("title").notNull(),
  mediaType: text("media_type").notNull(),
  /** Where it came from: a file name or an address. */
  source: text("source"),
  text: text("text").notNull(),
  metadata: jsonb("metadata").$type<Metadata>().notNull().default({}),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
});

export const chunks = pgTable(
  "chunks",
  {
    documentId: text("document_id").notNull(),
    ordinal: integer("ordinal").notNull(),
    text: text("text").notNull(),
    tokens: integer("tokens").notNull(),
  },
  (table) => [primaryKey({ columns: [table.documentId, table.ordinal] })],
);

/** Words of a passage as keyword search counts them. */
export const chunkWords = pgTable(
  "chunk_words",
  {
    documentId: text("document_id").notNull(),
    ordinal: integer("ordinal").notNull(),
    /** Hashes of the distinct words, in ascending order, so that one is found by bisection. */
    words: bigint("words", { mode: "bigint" }).array().notNull(),
    /** How often each occurs. */
    counts: integer("counts").array().notNull(),
    /** Distinct words. */
    length: integer("length").notNull(),
  },
  (table) => [primaryKey({ columns: [table.documentId, table.ordinal] })],
);

export const collections = pgTable("collections", {
  /** The fingerprint of the model whose vectors it holds. */
  id: text("id").primaryKey(),
  modelId: text("model_id").notNull(),
  modelVersion: text("model_version"),
  dimension: integer("dimension").notNull(),
  status: text("status", { enum: ["building", "active", "retired"] }).notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  activatedAt: timestamp("activated_at", { withTimezone: true }),
  /** New documents go into it although it is not the active one: it is searched beside it. */
  kept: boolean("kept").notNull().default(false),
  /** How its vectors are kept and searched. */
  vectorType: text("vector_type", { enum: STORED_FORMS }).notNull().default("float32"),
  /** The type that it is being changed into; the other answers meanwhile. */
  nextVectorType: text("next_vector_type", { enum: STORED_FORMS }),
});

export const embeddings = pgTable(
  "embeddings",
  {
    documentId: text("document_id").notNull(),
    ordinal: integer("ordinal").notNull(),
    collectionId: text("collection_id").notNull(),
    embedding: vector("embedding").notNull(),
  },
  (table) => [primaryKey({ columns: [table.documentId, table.ordinal, table.collectionId] })],
);

/** Vectors of collections whose type is float16 or binary. */
export const halfEmbeddings = pgTable(
  "half_embeddings",
  {
    documentId: text("document_id").notNull(),
    ordinal: integer("ordinal").notNull(),
    collectionId: text("collection_id").notNull(),
    embedding: halfvec("embedding").notNull(),
  },
  (table) => [primaryKey({ columns: [table.documentId, table.ordinal, table.collectionId] })],
);

export const jobs = pgTable("jobs", {
  id: text("id").primaryKey(),
  kind: text("kind", { enum: ["ingest", "re-embed"] }).notNull(),
  state: text("state", { enum: ["receiving", "queued", "running", "done", "failed", "cancelled"] }).notNull(),
  /** File names or ids in short, for lists. */
  label: text("label").notNull().default(""),
  /** Documents; a re-embedding counts chunks alone. */
  total: integer("total").notNull().default(0),
  done: integer("done").notNull().default(0),
  unchanged: integer("unchanged").notNull().default(0),
  failed: integer("failed").notNull().default(0),
  chunks: integer("chunks").notNull().default(0),
  /** Null until every document was cut. */
  chunksTotal: integer("chunks_total"),
  collectionId: text("collection_id"),
  error: jsonb("error").$type<Problem>(),
  correlationId: text("correlation_id").notNull(),
  traceparent: text("traceparent"),
  /** A worker that died leaves its lease to run out; then another takes the job up. */
  leasedUntil: timestamp("leased_until", { withTimezone: true }),
  /** The server that took it up last; what another did before is not taken any more. */
  holder: text("holder"),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  startedAt: timestamp("started_at", { withTimezone: true }),
  finishedAt: timestamp("finished_at", { withTimezone: true }),
});

/** Questions of searches, kept only where FEEDBACK_KEEP_TEXT is set, and what they found. */
export const searches = pgTable("searches", {
  id: text("id").primaryKey(),
  question: text("question").notNull(),
  /** Best first. Of each passage a hash, so that one that was changed since is told apart. */
  hits: jsonb("hits").$type<{ documentId: string; ordinal: number; hash: string }[]>().notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});

/** What was said about a result of a search. */
export const feedback = pgTable("feedback", {
  key: text("key").primaryKey(),
  searchId: text("search_id").notNull(),
  documentId: text("document_id").notNull(),
  ordinal: integer("ordinal").notNull(),
  /** 1 is good, 0 is bad; a score is between. */
  value: doublePrecision("value").notNull(),
  /** Who says so: an application, an agent, the page. */
  source: text("source"),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});

export const jobItems = pgTable(
  "job_items",
  {
    jobId: text("job_id").notNull(),
    documentId: text("document_id").notNull(),
    /** Place in the request. */
    position: integer("position").notNull().default(0),
    /** What the sender calls it: a file name or an id. */
    name: text("name"),
    state: text("state", { enum: ["queued", "done", "unchanged", "failed"] }).notNull(),
    /** The document as it was handed in, until it is stored. */
    payload: jsonb("payload").$type<{
      title: string;
      mediaType: string;
      source: string | null;
      text: string;
      metadata: Metadata;
    }>(),
    error: jsonb("error").$type<Problem>(),
    /** What of the file could not be read, although the rest was. */
    warnings: jsonb("warnings").$type<string[]>(),
  },
  (table) => [primaryKey({ columns: [table.documentId, table.jobId] })],
);
