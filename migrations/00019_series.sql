-- +goose Up
-- A room that an organisation has every week or every two. A booking knows which date of its series it is for: where it
-- stands elsewhere than the series has it, it was moved by itself. A session knows where it was planned, when it was.
CREATE TABLE booking_series (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  organisation_id TEXT REFERENCES organisations(id),
  title TEXT NOT NULL DEFAULT '',
  confidential INTEGER NOT NULL DEFAULT 0 CHECK (confidential IN (0,1)),
  space_id TEXT NOT NULL REFERENCES spaces(id),
  weeks INTEGER NOT NULL CHECK (weeks BETWEEN 1 AND 52), -- every so many
  local_start TEXT NOT NULL,              -- wall time where the centre is
  local_end TEXT NOT NULL,
  created_by TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX booking_series_centre ON booking_series (centre_id, id);
ALTER TABLE bookings ADD COLUMN series_id TEXT REFERENCES booking_series(id);
ALTER TABLE bookings ADD COLUMN series_date TEXT NOT NULL DEFAULT ''; -- local date of the series
CREATE INDEX bookings_series ON bookings (series_id, starts_at) WHERE series_id IS NOT NULL;
ALTER TABLE sessions ADD COLUMN planned TEXT NOT NULL DEFAULT ''; -- "date from to space" of one moved by itself; empty: as planned
-- +goose Down
ALTER TABLE sessions DROP COLUMN planned;
DROP INDEX bookings_series;
ALTER TABLE bookings DROP COLUMN series_date;
ALTER TABLE bookings DROP COLUMN series_id;
DROP TABLE booking_series;
