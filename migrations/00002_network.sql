-- +goose Up
CREATE TABLE networks (
  id TEXT PRIMARY KEY,
  only_one INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (only_one = 1),
  name TEXT NOT NULL,                     -- JSON: language to text
  zone TEXT NOT NULL,
  currency TEXT NOT NULL DEFAULT 'EUR',
  disclosure INTEGER NOT NULL DEFAULT 10 CHECK (disclosure >= 3),
  about TEXT NOT NULL DEFAULT '{}',       -- JSON: project sheet
  privacy TEXT NOT NULL DEFAULT '{}',     -- JSON: who is responsible, contact, by language
  emergency TEXT NOT NULL DEFAULT '[]',   -- JSON: numbers to call now
  demo INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE groups (                     -- whom an activity is for; addresses carry the code only
  code TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  position INTEGER NOT NULL
);
CREATE TABLE areas (
  id TEXT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  parent_id TEXT REFERENCES areas(id),
  kind TEXT NOT NULL CHECK (kind IN ('city','district','committee')),
  name TEXT NOT NULL,
  growth INTEGER NOT NULL DEFAULT 0,      -- an area the network plans to grow to
  example INTEGER NOT NULL DEFAULT 0,
  outline TEXT NOT NULL DEFAULT ''        -- GeoJSON geometry, WGS 84
);
CREATE TABLE organisations (
  id TEXT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('cso','initiative','public','city')),
  name TEXT NOT NULL,
  standing TEXT NOT NULL DEFAULT 'member' CHECK (standing IN ('lead','partner','member')),
  web TEXT NOT NULL DEFAULT '',
  about TEXT NOT NULL DEFAULT '{}',
  version INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE centres (
  id TEXT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  number INTEGER NOT NULL,                -- on the map
  colour INTEGER NOT NULL CHECK (colour BETWEEN 1 AND 6),
  organisation_id TEXT NOT NULL REFERENCES organisations(id),
  area_id TEXT NOT NULL REFERENCES areas(id),
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  address TEXT NOT NULL DEFAULT '',
  lat_e6 BIGINT,                          -- degrees times 1,000,000
  lon_e6 BIGINT,
  about TEXT NOT NULL DEFAULT '{}',
  phone TEXT NOT NULL DEFAULT '',
  phone_who TEXT NOT NULL DEFAULT '{}',   -- who picks up, and when
  email TEXT NOT NULL DEFAULT '',
  stop TEXT NOT NULL DEFAULT '{}',        -- which tram or bus stop
  access TEXT NOT NULL DEFAULT '[]',      -- JSON list: {feature, state yes|no|partly, note, checked_on}
  hours TEXT NOT NULL DEFAULT '[]',       -- JSON list: {weekday 1..7, opens "HH:MM", closes "HH:MM"}
  features TEXT NOT NULL DEFAULT '[]',    -- JSON list of what is turned on
  confirm_hours INTEGER NOT NULL DEFAULT 24 CHECK (confirm_hours BETWEEN 1 AND 168),
  keep_months INTEGER NOT NULL DEFAULT 12 CHECK (keep_months BETWEEN 1 AND 60),
  picture_id TEXT,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE pictures (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id) ON DELETE CASCADE,
  media_type TEXT NOT NULL,
  data TEXT NOT NULL,                     -- base64
  alt TEXT NOT NULL                       -- JSON: language to text
);
CREATE TABLE closures (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id) ON DELETE CASCADE,
  from_date TEXT NOT NULL,
  to_date TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '{}',
  CHECK (from_date <= to_date)
);
CREATE INDEX closures_centre ON closures (centre_id, from_date);
CREATE TABLE people (                     -- personal: only the centre that took the record
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  account_id TEXT REFERENCES accounts(id) ON DELETE SET NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  lang TEXT NOT NULL DEFAULT 'hr',
  purpose TEXT NOT NULL CHECK (purpose IN ('registration','attendance','proposal','volunteering')),
  delete_on TEXT NOT NULL,                -- local date on which the record goes
  created_at BIGINT NOT NULL,
  UNIQUE (id, centre_id)                  -- so that what points to a person names the same centre
);
CREATE INDEX people_centre ON people (centre_id, name);
CREATE INDEX people_delete ON people (delete_on);
CREATE TABLE absences (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  from_date TEXT NOT NULL,
  to_date TEXT NOT NULL,
  substitute_id TEXT REFERENCES accounts(id) ON DELETE SET NULL,
  CHECK (from_date <= to_date)
);
CREATE TABLE task_marks (                 -- "later" and "hand to" on the list Čeka vas
  task_key TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  later_until BIGINT NOT NULL DEFAULT 0,
  handed_to TEXT REFERENCES accounts(id) ON DELETE CASCADE,
  PRIMARY KEY (task_key, account_id)
);
-- +goose Down
DROP TABLE task_marks; DROP TABLE absences; DROP TABLE people; DROP TABLE closures; DROP TABLE pictures; DROP TABLE centres; DROP TABLE organisations; DROP TABLE areas; DROP TABLE groups; DROP TABLE networks;
