-- +goose Up
-- An activity that was carried over from an earlier season says from which and by which press, so that a job that runs
-- twice makes it once.
ALTER TABLE activities ADD COLUMN copy_id TEXT NOT NULL DEFAULT '';
ALTER TABLE activities ADD COLUMN copied_from TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX activities_copy ON activities (copy_id, copied_from) WHERE copy_id <> '';
-- +goose Down
DROP INDEX activities_copy;
ALTER TABLE activities DROP COLUMN copied_from;
ALTER TABLE activities DROP COLUMN copy_id;
