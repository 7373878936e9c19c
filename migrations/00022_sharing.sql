-- +goose Up
CREATE TABLE space_terms (                -- how a room is shared; a room without a row is as the defaults say
  space_id TEXT PRIMARY KEY REFERENCES spaces(id) ON DELETE CASCADE,
  owner_id TEXT REFERENCES organisations(id), -- whose premises it is, where not of who runs the centre
  decides TEXT NOT NULL DEFAULT 'centre' CHECK (decides IN ('centre','owner')),
  asking TEXT NOT NULL DEFAULT 'ask' CHECK (asking IN ('ask','book','none')),
  hold_days INTEGER NOT NULL DEFAULT 3 CHECK (hold_days BETWEEN 1 AND 14),
  version INTEGER NOT NULL DEFAULT 1,
  CONSTRAINT owner_decides CHECK (decides = 'centre' OR owner_id IS NOT NULL)
);
CREATE INDEX space_terms_owner ON space_terms (owner_id);
CREATE TABLE fair_use (                   -- what each organisation may hold at a centre; 0: no limit
  centre_id TEXT PRIMARY KEY REFERENCES centres(id) ON DELETE CASCADE,
  week_minutes INTEGER NOT NULL DEFAULT 0 CHECK (week_minutes BETWEEN 0 AND 10080),
  weeks_ahead INTEGER NOT NULL DEFAULT 0 CHECK (weeks_ahead BETWEEN 0 AND 104),
  prime_share INTEGER NOT NULL DEFAULT 0 CHECK (prime_share BETWEEN 0 AND 100), -- percent of the prime time of all rooms in a week
  prime TEXT NOT NULL DEFAULT '[]',       -- JSON list: {weekday 1..7, opens "HH:MM", closes "HH:MM"}
  offer_hours INTEGER NOT NULL DEFAULT 24 CHECK (offer_hours BETWEEN 1 AND 168), -- to take freed time
  version INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE organisation_terms (         -- of one organisation at one centre
  centre_id TEXT NOT NULL REFERENCES centres(id) ON DELETE CASCADE,
  organisation_id TEXT NOT NULL REFERENCES organisations(id) ON DELETE CASCADE,
  own_limits INTEGER NOT NULL DEFAULT 0 CHECK (own_limits IN (0,1)), -- in place of the centre's
  week_minutes INTEGER NOT NULL DEFAULT 0 CHECK (week_minutes BETWEEN 0 AND 10080),
  weeks_ahead INTEGER NOT NULL DEFAULT 0 CHECK (weeks_ahead BETWEEN 0 AND 104),
  prime_share INTEGER NOT NULL DEFAULT 0 CHECK (prime_share BETWEEN 0 AND 100),
  reason TEXT NOT NULL DEFAULT '',
  user_group TEXT NOT NULL DEFAULT 'nonprofit' CHECK (user_group IN ('member','nonprofit','commercial')),
  version INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (centre_id, organisation_id),
  CONSTRAINT limits_reason CHECK (own_limits = 0 OR TRIM(reason) <> '')
);
CREATE TABLE booking_exceptions (         -- bookings over a limit, and why somebody allowed it
  booking_id TEXT PRIMARY KEY REFERENCES bookings(id) ON DELETE CASCADE,
  reason TEXT NOT NULL CONSTRAINT exception_reason CHECK (TRIM(reason) <> ''),
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE room_requests (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  space_id TEXT NOT NULL REFERENCES spaces(id),
  organisation_id TEXT NOT NULL REFERENCES organisations(id),
  title TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  people INTEGER NOT NULL CHECK (people BETWEEN 1 AND 10000),
  confidential INTEGER NOT NULL DEFAULT 0,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  escalate_at BIGINT NOT NULL,            -- unanswered until then, others are asked too
  escalated_at BIGINT,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX room_requests_centre ON room_requests (centre_id, created_at);
CREATE INDEX room_requests_organisation ON room_requests (organisation_id, created_at);
CREATE TABLE room_request_dates (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES room_requests(id) ON DELETE CASCADE,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  booking_id TEXT UNIQUE REFERENCES bookings(id),
  state TEXT NOT NULL CHECK (state IN ('asked','lapsed','approved','refused','withdrawn','over','cancelled')),
  reason TEXT NOT NULL DEFAULT '',
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at BIGINT,
  CHECK (starts_at < ends_at),
  CONSTRAINT refusal_reason CHECK (state <> 'refused' OR TRIM(reason) <> ''),
  CONSTRAINT request_holds CHECK (state NOT IN ('asked','approved') OR booking_id IS NOT NULL),
  CONSTRAINT request_decided CHECK (state NOT IN ('approved','refused') OR decided_at IS NOT NULL)
);
CREATE INDEX room_request_dates_request ON room_request_dates (request_id, starts_at);
CREATE INDEX room_request_dates_open ON room_request_dates (starts_at) WHERE state IN ('asked','lapsed');
-- +goose Down
DROP TABLE room_request_dates; DROP TABLE room_requests; DROP TABLE booking_exceptions; DROP TABLE organisation_terms; DROP TABLE fair_use; DROP TABLE space_terms;
