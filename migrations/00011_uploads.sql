-- +goose Up
-- A file that was sent is looked at and taken by jobs: what it is for, how far that is, and what came of it.
ALTER TABLE uploads ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE uploads ADD COLUMN progress_id TEXT NOT NULL DEFAULT '';
ALTER TABLE uploads ADD COLUMN report TEXT NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE uploads DROP COLUMN report;
ALTER TABLE uploads DROP COLUMN progress_id;
ALTER TABLE uploads DROP COLUMN kind;
