-- +goose Up
-- Where words are found (platform/search). directory_documents keeps what the index was told of a document, for ranking.
-- No statistics of the words: with them the planner takes reading every row for a common word to be cheap.
CREATE TABLE directory_documents (
  seq BIGINT PRIMARY KEY,
  head TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE TABLE directory_index (
  seq BIGINT PRIMARY KEY,
  words TSVECTOR NOT NULL
);
ALTER TABLE directory_index ALTER COLUMN words SET STATISTICS 0;
CREATE INDEX directory_index_words ON directory_index USING gin (words) WITH (fastupdate = off);
-- The words that stand in documents, found by each with a letter or two left out: so slips of typing are found.
CREATE TABLE directory_words (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  word TEXT COLLATE "C" NOT NULL UNIQUE,
  slips TSVECTOR NOT NULL
);
ALTER TABLE directory_words ALTER COLUMN slips SET STATISTICS 0;
CREATE INDEX directory_words_slips ON directory_words USING gin (slips) WITH (gin_pending_list_limit = 128);
-- +goose Down
DROP TABLE directory_words; DROP TABLE directory_index; DROP TABLE directory_documents;
