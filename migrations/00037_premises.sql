-- +goose Up
-- Requests for premises of a local committee. They are made in the city's own application; here they are prepared and
-- followed. Dates are local.
CREATE TABLE premises_settings (          -- where the requests are made, as the network's lead wrote it
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
  name TEXT NOT NULL DEFAULT '',
  link TEXT NOT NULL DEFAULT ''
);
CREATE TABLE premises_requests (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  area_id TEXT NOT NULL REFERENCES areas(id), -- the local committee
  place TEXT NOT NULL,                    -- as the city calls the premises
  address TEXT NOT NULL DEFAULT '',
  slots TEXT NOT NULL,                    -- JSON list: {weekday 1..7, from "HH:MM", to "HH:MM"}
  period_from TEXT NOT NULL,
  period_to TEXT NOT NULL,
  kind TEXT NOT NULL,                     -- of activity, in the network's own words
  about TEXT NOT NULL DEFAULT '',
  members INTEGER NOT NULL CHECK (members >= 0),
  volunteers INTEGER NOT NULL CHECK (volunteers >= 0),
  contact TEXT NOT NULL DEFAULT '',       -- a function, no person
  results_from TEXT NOT NULL,
  results_to TEXT NOT NULL,
  sessions INTEGER NOT NULL DEFAULT 0,
  recorded INTEGER NOT NULL DEFAULT 0,    -- of them, sessions whose attendance was recorded
  minutes BIGINT NOT NULL DEFAULT 0,
  came INTEGER,                           -- none: fewer than the network tells
  few INTEGER NOT NULL DEFAULT 0,         -- some activity had fewer than the network tells: left out of came
  counted_on TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('prepared','sent','granted','declined','withdrawn','expired','renewed')),
  sent_on TEXT NOT NULL DEFAULT '',
  reference TEXT NOT NULL DEFAULT '',     -- the city's
  answer_days INTEGER NOT NULL DEFAULT 30 CHECK (answer_days BETWEEN 1 AND 365),
  asked_on TEXT NOT NULL DEFAULT '',      -- when somebody asked after the answer
  decided_on TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  conditions TEXT NOT NULL DEFAULT '',
  valid_from TEXT NOT NULL DEFAULT '',
  valid_to TEXT NOT NULL DEFAULT '',
  renew_on TEXT NOT NULL DEFAULT '',
  renews_id TEXT REFERENCES premises_requests(id),
  version INTEGER NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  CHECK (period_from <= period_to AND results_from <= results_to),
  CHECK (state IN ('prepared','withdrawn') OR sent_on <> ''),
  CHECK (state NOT IN ('granted','declined','expired','renewed') OR decided_on <> ''),
  CHECK (state NOT IN ('granted','expired','renewed') OR valid_from <> '' AND valid_to <> '' AND renew_on <> ''),
  CONSTRAINT premises_year CHECK (CASE WHEN valid_to = '' THEN TRUE
    ELSE valid_from <= valid_to AND valid_to <= CAST(CAST(substr(valid_from, 1, 4) AS INTEGER) + 1 AS TEXT) || substr(valid_from, 5) END)
);
CREATE INDEX premises_requests_centre ON premises_requests (centre_id, state);
CREATE UNIQUE INDEX premises_renewed_once ON premises_requests (renews_id) WHERE renews_id IS NOT NULL AND state NOT IN ('declined','withdrawn');
CREATE TABLE premises_activities (        -- whose results of last year the request tells
  request_id TEXT NOT NULL REFERENCES premises_requests(id),
  activity_id TEXT NOT NULL REFERENCES activities(id),
  PRIMARY KEY (request_id, activity_id)
);
CREATE INDEX premises_activities_activity ON premises_activities (activity_id);
CREATE TABLE premises_changes (           -- append-only
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES premises_requests(id),
  from_state TEXT NOT NULL,               -- empty: it was made
  to_state TEXT NOT NULL,
  by_account TEXT NOT NULL,               -- account id, 'job' or 'cli'
  at BIGINT NOT NULL
);
CREATE INDEX premises_changes_request ON premises_changes (request_id, at);
-- +goose Down
DROP TABLE premises_changes; DROP TABLE premises_activities; DROP TABLE premises_requests; DROP TABLE premises_settings;
