-- +goose Up
CREATE TABLE spaces (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,                     -- JSON: language to text
  about TEXT NOT NULL DEFAULT '{}',
  holds INTEGER NOT NULL DEFAULT 0 CHECK (holds >= 0), -- people; 0: not said
  setup_minutes INTEGER NOT NULL DEFAULT 0 CHECK (setup_minutes BETWEEN 0 AND 480),
  clear_minutes INTEGER NOT NULL DEFAULT 0 CHECK (clear_minutes BETWEEN 0 AND 480),
  position INTEGER NOT NULL DEFAULT 0,
  closed INTEGER NOT NULL DEFAULT 0,      -- no longer bookable
  version INTEGER NOT NULL DEFAULT 1,
  UNIQUE (centre_id, slug)
);
CREATE TABLE space_atoms (                -- the parts of a space that cannot be divided further
  space_id TEXT NOT NULL REFERENCES spaces(id) ON DELETE CASCADE,
  atom_id TEXT NOT NULL,
  PRIMARY KEY (space_id, atom_id)
);
CREATE TABLE bookings (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  space_id TEXT NOT NULL REFERENCES spaces(id),
  organisation_id TEXT REFERENCES organisations(id),
  title TEXT NOT NULL DEFAULT '',
  confidential INTEGER NOT NULL DEFAULT 0, -- shown as "zauzeto" to all outside its team
  state TEXT NOT NULL CHECK (state IN ('held','confirmed','cancelled','expired')),
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  held_from BIGINT NOT NULL,              -- with set-up time
  held_to BIGINT NOT NULL,                -- with clear-up time
  expires_at BIGINT,                      -- of a hold
  created_by TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1,
  CHECK (held_from <= starts_at AND starts_at < ends_at AND ends_at <= held_to),
  CHECK (held_to - held_from <= 2678400),
  CHECK (state <> 'held' OR expires_at IS NOT NULL)
);
CREATE INDEX bookings_space ON bookings (space_id, starts_at);
CREATE INDEX bookings_centre ON bookings (centre_id, starts_at);
-- +goose Down
DROP TABLE bookings; DROP TABLE space_atoms; DROP TABLE spaces;
