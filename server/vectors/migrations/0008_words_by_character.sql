-- Khmer, Lao and Burmese count each character as a word from now on: the server lists the words of passages in these scripts anew after
-- its start. The ranges are the blocks of Lao, Myanmar, Khmer with its symbols, and Myanmar's extensions A to C.
DELETE FROM chunk_words w USING chunks c
WHERE c.document_id = w.document_id AND c.ordinal = w.ordinal
  AND c.text ~ '[\u0E80-\u0EFF\u1000-\u109F\u1780-\u17FF\u19E0-\u19FF\uA9E0-\uA9FF\uAA60-\uAA7F\U000116D0-\U000116FF]';
