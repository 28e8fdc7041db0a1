-- The words of each passage, as keyword search counts them: their hashes, and how often each occurs, the most frequent first; the
-- length counts each word once.
-- Passages that came before this table are listed by the server after its start; deleting rows has them listed anew.
CREATE TABLE chunk_words (
  document_id text NOT NULL,
  ordinal integer NOT NULL,
  words bigint[] NOT NULL,
  counts integer[] NOT NULL,
  length integer NOT NULL,
  PRIMARY KEY (document_id, ordinal),
  FOREIGN KEY (document_id, ordinal) REFERENCES chunks (document_id, ordinal) ON DELETE CASCADE
);
--> statement-breakpoint
-- A short pending list: writes cost a third of what they would without one, and searches read little of it. The embedded store has
-- no vacuum in the background that would work a long one off.
CREATE INDEX chunk_words_by_word ON chunk_words USING gin (words) WITH (gin_pending_list_limit = 256);
