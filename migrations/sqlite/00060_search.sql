-- +goose Up
-- Where words are found (platform/search). directory_documents keeps what the index was told of a document, so that it
-- can be told to forget exactly that; directory_index holds numbers of documents only, by word.
CREATE TABLE directory_documents (
  seq INTEGER PRIMARY KEY,
  head TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE VIRTUAL TABLE directory_index USING fts5(words, content = '', detail = 'none', columnsize = 0, tokenize = 'ascii');
-- The words that stand in documents, and by each of them and by it with a letter or two left out: so slips of typing are found.
CREATE TABLE directory_words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE VIRTUAL TABLE directory_slips USING fts5(slips, content = '', detail = 'none', columnsize = 0, tokenize = 'ascii');
-- +goose Down
DROP TABLE directory_slips; DROP TABLE directory_words; DROP TABLE directory_index; DROP TABLE directory_documents;
