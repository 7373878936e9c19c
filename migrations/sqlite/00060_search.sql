-- +goose Up
-- Where words are found (platform/search). directory_documents keeps what the index was told of a document, so that it
-- can be told to forget exactly that; directory_index holds numbers of documents only, by word.
CREATE TABLE directory_documents (
  seq INTEGER PRIMARY KEY,
  words TEXT NOT NULL
);
CREATE VIRTUAL TABLE directory_index USING fts5(words, content = '', detail = 'none', columnsize = 0, tokenize = 'ascii');
-- The words that stand in documents, and each with up to two letters left out: so a slip of typing is found.
CREATE TABLE directory_words (word TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE directory_slips (slip TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (slip, word)) WITHOUT ROWID;
-- +goose Down
DROP TABLE directory_slips; DROP TABLE directory_words; DROP TABLE directory_index; DROP TABLE directory_documents;
