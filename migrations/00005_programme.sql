-- +goose Up
CREATE TABLE activities (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  organisation_id TEXT REFERENCES organisations(id),
  title TEXT NOT NULL,                    -- JSON: language to text
  about TEXT NOT NULL DEFAULT '{}',
  bring TEXT NOT NULL DEFAULT '{}',       -- what to bring, what it is like the first time
  for_groups TEXT NOT NULL DEFAULT '',    -- codes between commas: ",a,c,"; empty: everyone
  kind TEXT NOT NULL CHECK (kind IN ('open','places','group')),
  register_for TEXT NOT NULL DEFAULT 'session' CHECK (register_for IN ('session','series')),
  place_kind TEXT NOT NULL CHECK (place_kind IN ('space','address','outdoors','online')),
  place TEXT NOT NULL DEFAULT '{}',       -- address or meeting point
  online_url TEXT NOT NULL DEFAULT '',    -- shown after registering only
  discreet INTEGER NOT NULL DEFAULT 0 CHECK (discreet IN (0,1)),
  adults_only INTEGER NOT NULL DEFAULT 0,
  guardian INTEGER NOT NULL DEFAULT 0,
  capacity INTEGER CHECK (capacity > 0),
  opens_days INTEGER NOT NULL DEFAULT 28 CHECK (opens_days BETWEEN 0 AND 365), -- registration opens this many days before
  opens_clock TEXT NOT NULL DEFAULT '09:00',
  desk_share INTEGER NOT NULL DEFAULT 0 CHECK (desk_share >= 0), -- places kept for phone, paper and desk
  desk_share_days INTEGER NOT NULL DEFAULT 3 CHECK (desk_share_days >= 0), -- released this many days before
  state TEXT NOT NULL CHECK (state IN ('draft','published','archived')),
  source_uid TEXT NOT NULL DEFAULT '',    -- of an imported calendar
  version INTEGER NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  CHECK (discreet = 0 OR guardian = 0)    -- PRACTICE: never for discreet sessions
);
CREATE INDEX activities_centre ON activities (centre_id, state);
CREATE UNIQUE INDEX activities_source ON activities (centre_id, source_uid) WHERE source_uid <> '';
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  activity_id TEXT NOT NULL REFERENCES activities(id),
  centre_id TEXT NOT NULL REFERENCES centres(id),
  booking_id TEXT UNIQUE REFERENCES bookings(id),
  space_id TEXT REFERENCES spaces(id),
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  local_date TEXT NOT NULL,               -- wall time where the centre is
  local_start TEXT NOT NULL,
  local_end TEXT NOT NULL,
  zone TEXT NOT NULL,
  place TEXT NOT NULL DEFAULT '{}',       -- when other than the activity's
  opens_at BIGINT NOT NULL,               -- registration opens: the same moment for web, desk, phone and paper
  capacity INTEGER CHECK (capacity > 0),
  desk_share INTEGER NOT NULL DEFAULT 0 CHECK (desk_share >= 0),
  share_released_at BIGINT NOT NULL DEFAULT 0,
  taken INTEGER NOT NULL DEFAULT 0 CHECK (taken >= 0),   -- kept by triggers
  taken_web INTEGER NOT NULL DEFAULT 0,                  -- of these by web
  state TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ('planned','cancelled')),
  cancel_reason TEXT NOT NULL DEFAULT '{}',
  sequence INTEGER NOT NULL DEFAULT 0,
  changed_at BIGINT NOT NULL,
  counted INTEGER CHECK (counted >= 0),   -- came without a name; NULL: not recorded yet
  named INTEGER NOT NULL DEFAULT 0,       -- came by name
  recorded_at BIGINT,
  recorded_by TEXT NOT NULL DEFAULT '',
  responsible_id TEXT REFERENCES accounts(id) ON DELETE SET NULL,
  reminded INTEGER NOT NULL DEFAULT 0,
  source_rid TEXT NOT NULL DEFAULT '',    -- occurrence in an imported calendar
  version INTEGER NOT NULL DEFAULT 1,
  UNIQUE (id, centre_id),
  CHECK (starts_at < ends_at),
  CONSTRAINT sessions_full CHECK (capacity IS NULL OR taken <= capacity)
);
CREATE INDEX sessions_starts ON sessions (starts_at);
CREATE INDEX sessions_centre ON sessions (centre_id, starts_at);
CREATE INDEX sessions_activity ON sessions (activity_id, starts_at);
CREATE TABLE registrations (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  centre_id TEXT NOT NULL,
  person_id TEXT,                         -- none for "just one person" and for discreet sessions
  bundle_id TEXT NOT NULL DEFAULT '',     -- registrations made together for a whole series
  party INTEGER NOT NULL DEFAULT 1 CHECK (party BETWEEN 1 AND 10),
  channel TEXT NOT NULL CHECK (channel IN ('web','desk','phone','paper')),
  state TEXT NOT NULL CHECK (state IN ('requested','confirmed','waiting','offered','cancelled')),
  position BIGINT NOT NULL,               -- order of arrival in this session; never changes
  code_hash TEXT NOT NULL DEFAULT '',     -- of the link that manages it without an account
  offered_at BIGINT,
  offer_until BIGINT,                     -- NULL while nobody has reached the person
  passed_over INTEGER NOT NULL DEFAULT 0, -- offers that ran out; the place in line stays
  last_offer_at BIGINT NOT NULL DEFAULT 0,
  needs TEXT NOT NULL DEFAULT '',         -- free text; emptied seven days after
  guardian_ok INTEGER NOT NULL DEFAULT 0,
  came INTEGER NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  discreet INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (session_id, centre_id) REFERENCES sessions(id, centre_id) ON DELETE CASCADE,
  FOREIGN KEY (person_id, centre_id) REFERENCES people(id, centre_id),
  UNIQUE (session_id, position),
  CONSTRAINT discreet_nameless CHECK (discreet = 0 OR (person_id IS NULL AND needs = '' AND created_at % 3600 = 0 AND guardian_ok = 0)),
  CHECK (state <> 'offered' OR offered_at IS NOT NULL)
);
CREATE INDEX registrations_session ON registrations (session_id, state);
CREATE INDEX registrations_person ON registrations (person_id);
CREATE INDEX registrations_code ON registrations (code_hash);
CREATE INDEX registrations_bundle ON registrations (bundle_id);
CREATE INDEX registrations_offers ON registrations (offer_until) WHERE state = 'offered';
CREATE UNIQUE INDEX registrations_once ON registrations (session_id, person_id) WHERE state <> 'cancelled' AND person_id IS NOT NULL;
CREATE TABLE attendances (                -- who came, by name
  session_id TEXT NOT NULL,
  centre_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  PRIMARY KEY (session_id, person_id),
  FOREIGN KEY (session_id, centre_id) REFERENCES sessions(id, centre_id) ON DELETE CASCADE,
  FOREIGN KEY (person_id, centre_id) REFERENCES people(id, centre_id)
);
CREATE INDEX attendances_person ON attendances (person_id);
CREATE TABLE call_attempts (
  id TEXT PRIMARY KEY,
  registration_id TEXT NOT NULL REFERENCES registrations(id) ON DELETE CASCADE,
  outcome TEXT NOT NULL CHECK (outcome IN ('reached','no_answer','wrong_number')),
  at BIGINT NOT NULL,
  account_id TEXT NOT NULL
);
CREATE INDEX call_attempts_registration ON call_attempts (registration_id);
CREATE TABLE notices (                    -- whom a change still has to be told by telephone
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  registration_id TEXT NOT NULL REFERENCES registrations(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('cancelled','moved')),
  told_at BIGINT,
  UNIQUE (registration_id, kind)
);
CREATE TABLE group_totals (               -- what a funder asks about people: totals only, beside no name
  activity_id TEXT NOT NULL REFERENCES activities(id),
  quarter TEXT NOT NULL,                  -- 2026Q4
  question TEXT NOT NULL CHECK (question IN ('sex','age','group')),
  answer TEXT NOT NULL,
  n INTEGER NOT NULL CHECK (n >= 0),
  PRIMARY KEY (activity_id, quarter, question, answer)
);
CREATE VIEW public_activities AS SELECT * FROM activities WHERE discreet = 0 AND state = 'published';
CREATE VIEW public_sessions AS SELECT s.* FROM sessions s JOIN activities a ON a.id = s.activity_id WHERE a.discreet = 0 AND a.state = 'published';
-- +goose Down
DROP VIEW public_sessions; DROP VIEW public_activities; DROP TABLE group_totals; DROP TABLE notices; DROP TABLE call_attempts; DROP TABLE attendances; DROP TABLE registrations; DROP TABLE sessions; DROP TABLE activities;
