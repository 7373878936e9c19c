-- +goose Up
-- A date that a series could not have because the room was taken: when the room becomes free it is kept for a while for
-- whoever lost it first. What is kept is an ordinary hold, so nobody else is promised the room meanwhile.
CREATE TABLE lost_dates (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  series_id TEXT REFERENCES booking_series(id),
  activity_id TEXT REFERENCES activities(id),
  organisation_id TEXT REFERENCES organisations(id),
  title TEXT NOT NULL DEFAULT '',
  confidential INTEGER NOT NULL DEFAULT 0 CHECK (confidential IN (0,1)),
  space_id TEXT NOT NULL REFERENCES spaces(id),
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  instead_id TEXT REFERENCES bookings(id), -- what stands in for it; none: the date was left out
  booking_id TEXT UNIQUE REFERENCES bookings(id), -- of the offer
  state TEXT NOT NULL CHECK (state IN ('lost','offered','taken','declined','lapsed','dropped')),
  lost_at BIGINT NOT NULL,
  CHECK (starts_at < ends_at),
  CHECK ((series_id IS NULL) <> (activity_id IS NULL)),
  CHECK (state <> 'offered' OR booking_id IS NOT NULL)
);
CREATE INDEX lost_dates_space ON lost_dates (space_id, starts_at) WHERE state = 'lost';
CREATE INDEX lost_dates_centre ON lost_dates (centre_id, state, starts_at);
CREATE INDEX lost_dates_instead ON lost_dates (instead_id) WHERE instead_id IS NOT NULL;
CREATE INDEX lost_dates_series ON lost_dates (series_id) WHERE series_id IS NOT NULL;
CREATE INDEX lost_dates_activity ON lost_dates (activity_id) WHERE activity_id IS NOT NULL;
-- Who has no e-mail hears of several dates that changed together in one call.
CREATE TABLE notices_wider (              -- whom a change still has to be told by telephone
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  registration_id TEXT NOT NULL REFERENCES registrations(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('cancelled','moved','added','cancelled_from','moved_from')),
  told_at BIGINT,
  UNIQUE (registration_id, kind)
);
INSERT INTO notices_wider SELECT * FROM notices;
DROP TABLE notices;
ALTER TABLE notices_wider RENAME TO notices;
-- +goose Down
CREATE TABLE notices_narrow (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  registration_id TEXT NOT NULL REFERENCES registrations(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('cancelled','moved','added')),
  told_at BIGINT,
  UNIQUE (registration_id, kind)
);
INSERT INTO notices_narrow SELECT * FROM notices WHERE kind IN ('cancelled','moved','added');
DROP TABLE notices;
ALTER TABLE notices_narrow RENAME TO notices;
DROP TABLE lost_dates;
