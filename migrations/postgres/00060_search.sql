-- +goose Up
-- Where words are found (platform/search). directory_documents keeps what the index was told of a document, for ranking.
-- A row of directory_index is short, its words stand beside it: whoever counts and orders rows does not read them. No
-- statistics of the words: with them the planner reads every row for a common word, thinking that costs nothing.
CREATE TABLE directory_documents (
  seq BIGINT PRIMARY KEY,
  words TEXT NOT NULL
);
CREATE TABLE directory_index (
  seq BIGINT PRIMARY KEY,
  words TSVECTOR NOT NULL
) WITH (toast_tuple_target = 128);
ALTER TABLE directory_index ALTER COLUMN words SET STATISTICS 0;
CREATE INDEX directory_index_words ON directory_index USING gin (words) WITH (fastupdate = off);
-- The words that stand in documents, and each with up to two letters left out: so a slip of typing is found.
CREATE TABLE directory_words (word TEXT COLLATE "C" PRIMARY KEY);
CREATE TABLE directory_slips (slip TEXT COLLATE "C" NOT NULL, word TEXT COLLATE "C" NOT NULL, PRIMARY KEY (slip, word));
-- +goose Down
DROP TABLE directory_slips; DROP TABLE directory_words; DROP TABLE directory_index; DROP TABLE directory_documents;
