-- Questions of searches, kept only where the operator asked for it, and what was said about their results.
CREATE TABLE searches (
  id text PRIMARY KEY,
  question text NOT NULL,
  hits jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE INDEX searches_by_time ON searches (created_at);
--> statement-breakpoint
CREATE TABLE feedback (
  key text PRIMARY KEY,
  search_id text NOT NULL REFERENCES searches (id) ON DELETE CASCADE,
  document_id text NOT NULL,
  ordinal integer NOT NULL,
  value double precision NOT NULL,
  source text,
  created_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE INDEX feedback_by_search ON feedback (search_id);
