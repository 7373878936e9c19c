-- +goose Up
-- Who changes a term or a way of sorting has seen a version of it. What a change of a term has still to do with services that
-- carry it, or a narrower one, stands in directory_term_work until it is done.
ALTER TABLE directory_taxonomies ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE directory_terms ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE TABLE directory_term_work (
  term_id TEXT PRIMARY KEY REFERENCES directory_terms(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('index','retire')), -- find the services by its new words and place, or take it from them
  instead_id TEXT REFERENCES directory_terms(id),        -- what they get in its place; none: nothing
  after_seq BIGINT NOT NULL DEFAULT 0,                   -- services up to this number are done
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL,
  by_whom TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX directory_term_work_instead ON directory_term_work (instead_id) WHERE instead_id IS NOT NULL;
-- +goose Down
DROP TABLE directory_term_work;
ALTER TABLE directory_terms DROP COLUMN version;
ALTER TABLE directory_taxonomies DROP COLUMN version;
