-- +goose Up
-- When a list of who came was written on paper, where it was typed in afterwards. Of registrations on paper it is their
-- created_at, never before registering opened.
ALTER TABLE sessions ADD COLUMN written_at BIGINT;
-- +goose Down
ALTER TABLE sessions DROP COLUMN written_at;
