ALTER TABLE documents ADD COLUMN source text;
--> statement-breakpoint
CREATE INDEX documents_by_time ON documents (updated_at DESC, id DESC);
--> statement-breakpoint
ALTER TABLE collections ADD COLUMN kept boolean NOT NULL DEFAULT false;
--> statement-breakpoint
ALTER TABLE jobs DROP CONSTRAINT jobs_state_check;
--> statement-breakpoint
ALTER TABLE jobs ADD CONSTRAINT jobs_state_check
  CHECK (state IN ('receiving', 'queued', 'running', 'done', 'failed', 'cancelled'));
--> statement-breakpoint
ALTER TABLE jobs
  ADD COLUMN label text NOT NULL DEFAULT '',
  ADD COLUMN unchanged integer NOT NULL DEFAULT 0,
  ADD COLUMN chunks_total integer,
  ADD COLUMN traceparent text,
  ADD COLUMN started_at timestamptz,
  ADD COLUMN finished_at timestamptz;
--> statement-breakpoint
CREATE INDEX jobs_by_state ON jobs (state, created_at);
--> statement-breakpoint
ALTER TABLE job_items ADD COLUMN position integer NOT NULL DEFAULT 0;
--> statement-breakpoint
ALTER TABLE job_items ADD COLUMN name text;
