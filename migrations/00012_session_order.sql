-- +goose Up
-- Lists of sessions are in order of start and then id: an index in that order spares sorting them.
DROP INDEX sessions_starts; DROP INDEX sessions_centre; DROP INDEX sessions_activity;
CREATE INDEX sessions_starts ON sessions (starts_at, id);
CREATE INDEX sessions_centre ON sessions (centre_id, starts_at, id);
CREATE INDEX sessions_activity ON sessions (activity_id, starts_at, id);
-- +goose Down
DROP INDEX sessions_starts; DROP INDEX sessions_centre; DROP INDEX sessions_activity;
CREATE INDEX sessions_starts ON sessions (starts_at);
CREATE INDEX sessions_centre ON sessions (centre_id, starts_at);
CREATE INDEX sessions_activity ON sessions (activity_id, starts_at);
