-- +goose Up
CREATE TABLE seasons (                    -- weekly times in a centre's rooms, shared out by ranked wishes
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  name TEXT NOT NULL,
  from_date TEXT NOT NULL,                -- local dates
  to_date TEXT NOT NULL,
  wishes_until TEXT NOT NULL,             -- the last local day on which organisations enter wishes themselves
  hours TEXT NOT NULL,                    -- JSON list: {weekday, from, to}
  criteria TEXT NOT NULL,                 -- JSON list: {id, weight}
  limits TEXT NOT NULL,                   -- JSON: week_minutes, prime_percent, prime
  state TEXT NOT NULL DEFAULT 'preparing' CHECK (state IN ('preparing','open','draft','published')),
  seed TEXT NOT NULL DEFAULT '',          -- drawn when wishes open, told with the result
  document TEXT NOT NULL DEFAULT '',      -- JSON: input and result, as counted
  progress_id TEXT NOT NULL DEFAULT '',   -- of generating its bookings
  progress_by TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1,
  CHECK (from_date <= to_date),
  CHECK (state IN ('preparing','open') OR document <> '')
);
CREATE INDEX seasons_centre ON seasons (centre_id, from_date);
CREATE UNIQUE INDEX seasons_one_open ON seasons (centre_id) WHERE state = 'open';
CREATE TABLE season_spaces (
  season_id TEXT NOT NULL REFERENCES seasons(id),
  space_id TEXT NOT NULL REFERENCES spaces(id),
  PRIMARY KEY (season_id, space_id)
);
CREATE TABLE season_members (             -- organisations that take part, with the published values of the criteria
  season_id TEXT NOT NULL REFERENCES seasons(id),
  organisation_id TEXT NOT NULL REFERENCES organisations(id),
  amounts TEXT NOT NULL,                  -- JSON list, in the order of the criteria
  PRIMARY KEY (season_id, organisation_id)
);
CREATE TABLE season_wishes (
  id TEXT PRIMARY KEY,
  season_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  rank INTEGER NOT NULL CHECK (rank >= 0), -- 1 is the best; 0 only while two change places
  spaces TEXT NOT NULL DEFAULT '[]',      -- JSON list of ids, in the order in which they are tried; none: any
  weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  start_minute INTEGER NOT NULL CHECK (start_minute >= 0),
  minutes INTEGER NOT NULL CHECK (minutes > 0 AND start_minute + minutes <= 1440),
  source TEXT NOT NULL CHECK (source IN ('web','desk','file','api')),
  UNIQUE (season_id, organisation_id, rank),
  FOREIGN KEY (season_id, organisation_id) REFERENCES season_members(season_id, organisation_id)
);
CREATE TABLE season_edits (               -- what a person changed in the draft, and why; only grows
  season_id TEXT NOT NULL REFERENCES seasons(id),
  n INTEGER NOT NULL CHECK (n > 0),
  what TEXT NOT NULL CHECK (what IN ('add','move','remove')),
  slot TEXT NOT NULL,                     -- JSON: the slot as it is afterwards
  reason TEXT NOT NULL CHECK (reason <> ''),
  on_date TEXT NOT NULL,
  edited_by TEXT NOT NULL,
  PRIMARY KEY (season_id, n)
);
CREATE TABLE season_dates (               -- what came of each slot on each date
  season_id TEXT NOT NULL REFERENCES seasons(id),
  slot TEXT NOT NULL,
  on_date TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('booked','clash','closed','space_closed','past')),
  booking_id TEXT REFERENCES bookings(id),
  PRIMARY KEY (season_id, slot, on_date),
  CHECK ((outcome = 'booked') = (booking_id IS NOT NULL))
);
-- +goose Down
DROP TABLE season_dates; DROP TABLE season_edits; DROP TABLE season_wishes; DROP TABLE season_members; DROP TABLE season_spaces; DROP TABLE seasons;
