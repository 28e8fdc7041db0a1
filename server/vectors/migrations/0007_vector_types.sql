-- Vectors as float16 (pgvector 0.7 and later), in a table of their own: a collection that changes its type is filled there while its old
-- form answers, like a collection of another model. `binary` compares signs of the same rows by an index of its own.
CREATE TABLE half_embeddings (
  document_id text NOT NULL,
  ordinal integer NOT NULL,
  collection_id text NOT NULL,
  embedding halfvec NOT NULL,
  PRIMARY KEY (document_id, ordinal, collection_id),
  FOREIGN KEY (document_id, ordinal) REFERENCES chunks (document_id, ordinal) ON DELETE CASCADE
);
--> statement-breakpoint
CREATE INDEX half_embeddings_by_collection ON half_embeddings (collection_id);
--> statement-breakpoint
ALTER TABLE collections
  ADD COLUMN vector_type text NOT NULL DEFAULT 'float32' CHECK (vector_type IN ('float32', 'float16', 'binary')),
  ADD COLUMN next_vector_type text CHECK (next_vector_type IN ('float32', 'float16', 'binary'));
