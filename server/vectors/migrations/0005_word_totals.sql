-- How many passages have their words kept, and how many words those have, in sixteen parts by document, so that writers of different
-- documents seldom wait for each other. `changes` never stands still while the words do not: where its sum is the same, so is every count of
-- a word. A trigger keeps all of it, whoever writes.
CREATE TABLE word_totals (
  part smallint PRIMARY KEY,
  passages bigint NOT NULL,
  words bigint NOT NULL,
  changes bigint NOT NULL
);
--> statement-breakpoint
CREATE FUNCTION keep_word_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    UPDATE word_totals SET passages = 0, words = 0, changes = changes + 1;
    RETURN NULL;
  END IF;
  -- In one order, so that two writers of many documents cannot block each other.
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO word_totals AS t (part, passages, words, changes)
    SELECT hashtext(document_id) & 15 AS part, count(*), sum(length), 1 FROM come GROUP BY 1 ORDER BY 1
    ON CONFLICT (part) DO UPDATE SET passages = t.passages + EXCLUDED.passages, words = t.words + EXCLUDED.words, changes = t.changes + 1;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO word_totals AS t (part, passages, words, changes)
    SELECT hashtext(document_id) & 15 AS part, -count(*), -sum(length), 1 FROM gone GROUP BY 1 ORDER BY 1
    ON CONFLICT (part) DO UPDATE SET passages = t.passages + EXCLUDED.passages, words = t.words + EXCLUDED.words, changes = t.changes + 1;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER word_totals_insert AFTER INSERT ON chunk_words REFERENCING NEW TABLE AS come
  FOR EACH STATEMENT EXECUTE FUNCTION keep_word_totals();
--> statement-breakpoint
CREATE TRIGGER word_totals_delete AFTER DELETE ON chunk_words REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION keep_word_totals();
--> statement-breakpoint
CREATE TRIGGER word_totals_update AFTER UPDATE ON chunk_words REFERENCING OLD TABLE AS gone NEW TABLE AS come
  FOR EACH STATEMENT EXECUTE FUNCTION keep_word_totals();
--> statement-breakpoint
CREATE TRIGGER word_totals_truncate AFTER TRUNCATE ON chunk_words FOR EACH STATEMENT EXECUTE FUNCTION keep_word_totals();
--> statement-breakpoint
-- Words go by their hashes from now on, so that a word is found among them by bisection; the server lists them anew after its start.
TRUNCATE chunk_words;
