-- +goose Up
-- A cycle of needs: its steps with their dates, who joins its programme group and when that meets, what was heard, and what was
-- done about it. Dates are local.
CREATE TABLE needs_cycles (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id), -- that runs it
  area_id TEXT REFERENCES areas(id),      -- where it is wider or narrower than the centre's own
  title TEXT NOT NULL,                    -- JSON: language to text
  call TEXT NOT NULL,                     -- JSON: who is invited, to what
  state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft','open','over')),
  joining INTEGER NOT NULL DEFAULT 1 CHECK (joining IN (0,1)), -- sign-up is open
  training_id TEXT REFERENCES activities(id), -- the training, as an activity with its dates
  version INTEGER NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL
);
CREATE INDEX needs_cycles_centre ON needs_cycles (centre_id);
CREATE INDEX needs_cycles_area ON needs_cycles (area_id);
CREATE INDEX needs_cycles_training ON needs_cycles (training_id);
CREATE TABLE needs_steps (
  cycle_id TEXT NOT NULL REFERENCES needs_cycles(id),
  step TEXT NOT NULL CHECK (step IN ('invite','ask','listen','say','propose','decide','do')),
  from_date TEXT NOT NULL,
  to_date TEXT NOT NULL,
  link TEXT NOT NULL DEFAULT '',          -- address of the survey or the vote
  PRIMARY KEY (cycle_id, step),
  CONSTRAINT needs_steps_order CHECK (from_date <= to_date)
);
CREATE TABLE needs_joins (                -- who would be in the programme group; who it is, is a person of the centre
  id TEXT PRIMARY KEY,
  cycle_id TEXT NOT NULL REFERENCES needs_cycles(id),
  centre_id TEXT NOT NULL REFERENCES centres(id),
  kind TEXT NOT NULL CHECK (kind IN ('resident','organisation')),
  organisation TEXT NOT NULL DEFAULT '',  -- its name
  words TEXT NOT NULL DEFAULT '',
  person_id TEXT,
  channel TEXT NOT NULL CHECK (channel IN ('web','desk')),
  state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new','member','left')),
  on_date TEXT NOT NULL,
  FOREIGN KEY (person_id, centre_id) REFERENCES people(id, centre_id),
  CONSTRAINT needs_joins_organisation CHECK ((kind = 'organisation') = (organisation <> ''))
);
CREATE INDEX needs_joins_cycle ON needs_joins (cycle_id);
CREATE INDEX needs_joins_person ON needs_joins (person_id);
CREATE TABLE needs_meetings (
  id TEXT PRIMARY KEY,
  cycle_id TEXT NOT NULL REFERENCES needs_cycles(id),
  on_date TEXT NOT NULL,
  at_clock TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL DEFAULT '',
  agenda TEXT NOT NULL,
  residents INTEGER CHECK (residents >= 0), -- who was there, by kind; none: not written down yet
  organisations INTEGER CHECK (organisations >= 0),
  staff INTEGER CHECK (staff >= 0),
  decisions TEXT NOT NULL DEFAULT '',
  minutes TEXT NOT NULL DEFAULT '',
  published_on TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1,
  CONSTRAINT needs_meetings_published CHECK (published_on = '' OR (decisions <> '' AND residents IS NOT NULL AND organisations IS NOT NULL AND staff IS NOT NULL))
);
CREATE INDEX needs_meetings_cycle ON needs_meetings (cycle_id, on_date);
CREATE TABLE needs_sources (              -- where something was heard; never who said it
  id TEXT PRIMARY KEY,
  cycle_id TEXT NOT NULL REFERENCES needs_cycles(id),
  kind TEXT NOT NULL CHECK (kind IN ('focus','interview','survey','meeting')),
  title TEXT NOT NULL,
  on_date TEXT NOT NULL,
  people INTEGER NOT NULL CHECK (people > 0),
  notes TEXT NOT NULL DEFAULT ''
);
CREATE INDEX needs_sources_cycle ON needs_sources (cycle_id);
CREATE TABLE needs_themes (
  id TEXT PRIMARY KEY,
  cycle_id TEXT NOT NULL REFERENCES needs_cycles(id),
  name TEXT NOT NULL,
  about TEXT NOT NULL DEFAULT '',
  position INTEGER NOT NULL DEFAULT 0,
  reply TEXT NOT NULL DEFAULT '',         -- why nothing is done, or what was
  published INTEGER NOT NULL DEFAULT 0 CHECK (published IN (0,1)),
  UNIQUE (cycle_id, name)
);
CREATE TABLE needs_quotes (
  id TEXT PRIMARY KEY,
  source_id TEXT NOT NULL REFERENCES needs_sources(id),
  words TEXT NOT NULL
);
CREATE INDEX needs_quotes_source ON needs_quotes (source_id);
CREATE TABLE needs_codes (
  quote_id TEXT NOT NULL REFERENCES needs_quotes(id),
  coder INTEGER NOT NULL CHECK (coder IN (1,2)),
  theme_id TEXT NOT NULL REFERENCES needs_themes(id),
  PRIMARY KEY (quote_id, coder)
);
CREATE INDEX needs_codes_theme ON needs_codes (theme_id);
CREATE TABLE needs_answers (              -- what was done about a theme
  theme_id TEXT NOT NULL REFERENCES needs_themes(id),
  proposal_id TEXT NOT NULL DEFAULT '',
  activity_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (theme_id, proposal_id, activity_id),
  CONSTRAINT needs_answers_one CHECK ((proposal_id = '') <> (activity_id = ''))
);
-- +goose Down
DROP TABLE needs_answers; DROP TABLE needs_codes; DROP TABLE needs_quotes; DROP TABLE needs_themes; DROP TABLE needs_sources; DROP TABLE needs_meetings; DROP TABLE needs_joins; DROP TABLE needs_steps; DROP TABLE needs_cycles;
