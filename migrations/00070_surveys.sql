-- +goose Up
-- Surveys: a form in versions, and what is counted of answers. Nothing here or in 00071 leads from an answer to whoever gave it:
-- answers have random ids, no time, no way they came and no author; how many came by which way, and how many somebody typed on a
-- day, are numbers of their own.
CREATE TABLE surveys (
  id TEXT PRIMARY KEY,
  centre_id TEXT REFERENCES centres(id),  -- none: the network's
  title TEXT NOT NULL,                    -- JSON: language to text, as the next two
  intro TEXT NOT NULL DEFAULT '{}',
  purpose TEXT NOT NULL,                  -- what the answers are for
  opens_on TEXT NOT NULL,                 -- local dates, both included
  closes_on TEXT NOT NULL,
  delete_on TEXT NOT NULL,                -- on which answers go; totals stay
  state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft','open','closed')),
  shown INTEGER NOT NULL DEFAULT 0 CHECK (shown IN (0,1)), -- its totals are public
  gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0,1)),   -- its answers are deleted
  current INTEGER NOT NULL DEFAULT 1,     -- the version of the form that is asked now
  version INTEGER NOT NULL DEFAULT 1,
  CHECK (closes_on >= opens_on),
  CHECK (delete_on > closes_on)
);
CREATE INDEX surveys_centre ON surveys (centre_id);
CREATE INDEX surveys_state ON surveys (state, closes_on);
CREATE TABLE survey_versions (
  survey_id TEXT NOT NULL REFERENCES surveys(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  form TEXT NOT NULL,                     -- JSON: the form as package xlsform has it
  totals TEXT NOT NULL DEFAULT '',        -- JSON: what may be published, once it is closed
  PRIMARY KEY (survey_id, number)
);
CREATE TABLE survey_uploads (             -- a form that was looked at and not yet taken
  survey_id TEXT PRIMARY KEY REFERENCES surveys(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  form TEXT NOT NULL
);
CREATE TABLE survey_counts (              -- answers to marked questions, which are in no row with others
  survey_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  question TEXT NOT NULL,
  choice TEXT NOT NULL,                   -- empty: not answered
  n INTEGER NOT NULL CHECK (n > 0),
  PRIMARY KEY (survey_id, number, question, choice),
  FOREIGN KEY (survey_id, number) REFERENCES survey_versions (survey_id, number) ON DELETE CASCADE
);
CREATE TABLE survey_ways (                -- how many came how
  survey_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  way TEXT NOT NULL CHECK (way IN ('web','desk','paper','phone')),
  n INTEGER NOT NULL CHECK (n > 0),
  PRIMARY KEY (survey_id, number, way),
  FOREIGN KEY (survey_id, number) REFERENCES survey_versions (survey_id, number) ON DELETE CASCADE
);
CREATE TABLE survey_typed (               -- how many somebody typed in on a local day, without which
  survey_id TEXT NOT NULL REFERENCES surveys(id) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  day TEXT NOT NULL,
  n INTEGER NOT NULL CHECK (n > 0),
  PRIMARY KEY (survey_id, account_id, day)
);
-- +goose Down
DROP TABLE survey_typed; DROP TABLE survey_ways; DROP TABLE survey_counts; DROP TABLE survey_uploads; DROP TABLE survey_versions; DROP TABLE surveys;
