CREATE EXTENSION IF NOT EXISTS vector;
--> statement-breakpoint
CREATE TABLE documents (
  id text PRIMARY KEY,
  content_hash text NOT NULL,
  title text NOT NULL,
  media_type text NOT NULL,
  text text NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE chunks (
  document_id text NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  ordinal integer NOT NULL,
  text text NOT NULL,
  tokens integer NOT NULL,
  PRIMARY KEY (document_id, ordinal)
);
--> statement-breakpoint
CREATE TABLE collections (
  id text PRIMARY KEY,
  model_id text NOT NULL,
  model_version text,
  dimension integer NOT NULL,
  status text NOT NULL CHECK (status IN ('building', 'active', 'retired')),
  created_at timestamptz NOT NULL DEFAULT now(),
  activated_at timestamptz
);
--> statement-breakpoint
CREATE UNIQUE INDEX collections_one_active ON collections (status) WHERE status = 'active';
--> statement-breakpoint
CREATE TABLE embeddings (
  document_id text NOT NULL,
  ordinal integer NOT NULL,
  collection_id text NOT NULL,
  embedding vector NOT NULL,
  PRIMARY KEY (document_id, ordinal, collection_id),
  FOREIGN KEY (document_id, ordinal) REFERENCES chunks (document_id, ordinal) ON DELETE CASCADE
);
--> statement-breakpoint
CREATE INDEX embeddings_by_collection ON embeddings (collection_id);
--> statement-breakpoint
CREATE TABLE jobs (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('ingest', 're-embed')),
  state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  total integer NOT NULL DEFAULT 0,
  done integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  chunks integer NOT NULL DEFAULT 0,
  collection_id text,
  error jsonb,
  correlation_id text NOT NULL,
  leased_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE job_items (
  job_id text NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  document_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'done', 'unchanged', 'failed')),
  payload jsonb,
  error jsonb,
  PRIMARY KEY (document_id, job_id)
);
--> statement-breakpoint
CREATE INDEX job_items_by_job ON job_items (job_id, state);
