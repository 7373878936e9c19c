-- +goose Up
-- A day on which a centre cannot open: what fell with it, whose holder still has to be told, and what was moved away.
ALTER TABLE bookings ADD COLUMN called_off_at BIGINT;
ALTER TABLE bookings ADD COLUMN told_at BIGINT;
ALTER TABLE sessions ADD COLUMN moved_from TEXT NOT NULL DEFAULT '';
CREATE INDEX bookings_organisation ON bookings (organisation_id, ends_at) WHERE organisation_id IS NOT NULL;
-- +goose Down
DROP INDEX bookings_organisation;
ALTER TABLE sessions DROP COLUMN moved_from;
ALTER TABLE bookings DROP COLUMN told_at;
ALTER TABLE bookings DROP COLUMN called_off_at;
