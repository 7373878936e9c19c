-- +goose Up
-- Vote rounds: what is voted on, by which rule, and what came of it. Ballots are in the next migration.
CREATE TABLE vote_rounds (
  id TEXT PRIMARY KEY,
  centre_id TEXT REFERENCES centres(id),  -- none: of the whole network
  title TEXT NOT NULL,                    -- JSON: language to text, as the next two
  about TEXT NOT NULL,
  who TEXT NOT NULL,                      -- who may vote, as it is said in public
  means TEXT NOT NULL CHECK (means IN ('codes','mail','both')),
  unit TEXT NOT NULL CHECK (unit IN ('money','hours')),
  currency TEXT NOT NULL,
  budget BIGINT NOT NULL CHECK (budget > 0),  -- cents, or hours of a room
  at_least INTEGER NOT NULL CHECK (at_least > 0),
  opens_at BIGINT NOT NULL,
  closes_at BIGINT NOT NULL,
  rule TEXT NOT NULL CHECK (rule IN ('equal-shares','phragmen','greedy')),
  utility TEXT NOT NULL CHECK (utility IN ('cost','cardinality')),
  completion TEXT NOT NULL CHECK (completion IN ('none','add1','add1-overshoot','add1-utilitarian','phragmen')),
  least_published INTEGER NOT NULL CHECK (least_published >= 20), -- with fewer ballots none is published
  state TEXT NOT NULL CHECK (state IN ('draft','announced','open','closed','published')),
  commitment TEXT NOT NULL DEFAULT '',    -- SHA-256 of the seed's text, public from the announcement on
  seed TEXT NOT NULL DEFAULT '',          -- public once counted
  box_key TEXT NOT NULL DEFAULT '',       -- ballots are sealed to it
  box_secret TEXT NOT NULL DEFAULT '',    -- its other half, under a key that is not in this database; gone at closing
  salt TEXT NOT NULL DEFAULT '',          -- of the hashes of codes and addresses; gone at closing
  ballots INTEGER NOT NULL DEFAULT 0,     -- counted at closing
  unreadable INTEGER NOT NULL DEFAULT 0,  -- in the box, and did not open
  swept INTEGER NOT NULL DEFAULT 0,       -- nothing of the open box is left in the files of the database
  version INTEGER NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  CHECK (opens_at < closes_at),
  CHECK (state = 'draft' OR commitment <> '' AND seed <> ''),
  CHECK (state NOT IN ('announced','open') OR box_key <> '' AND box_secret <> '' AND salt <> ''),
  CHECK (state NOT IN ('closed','published') OR box_secret = '' AND salt = ''),
  CHECK (state <> 'published' OR swept = 1)
);
CREATE INDEX vote_rounds_state ON vote_rounds (state, closes_at);
CREATE TABLE vote_options (
  id TEXT PRIMARY KEY,                    -- random, drawn anew when the round is announced
  round_id TEXT NOT NULL REFERENCES vote_rounds(id),
  position INTEGER NOT NULL,
  origin TEXT NOT NULL DEFAULT '',        -- where it came from, which only that feature knows
  title TEXT NOT NULL,
  about TEXT NOT NULL,
  cost BIGINT NOT NULL CHECK (cost > 0),
  sensitive INTEGER NOT NULL DEFAULT 0,
  UNIQUE (round_id, position)
);
CREATE TABLE vote_sheets (                -- of printed codes; which codes they were is nowhere
  id TEXT PRIMARY KEY,
  round_id TEXT NOT NULL REFERENCES vote_rounds(id),
  n INTEGER NOT NULL,
  codes INTEGER NOT NULL CHECK (codes > 0),
  void INTEGER NOT NULL DEFAULT 0,        -- lost or not handed out: its codes open nothing
  UNIQUE (round_id, n)
);
CREATE TABLE vote_doors (                 -- locked by who votes and by who closes, so that no ballot comes between
  round_id TEXT PRIMARY KEY REFERENCES vote_rounds(id)
);
CREATE TABLE vote_channels (              -- totals, counted at closing: how ballots came, and who typed them
  round_id TEXT NOT NULL REFERENCES vote_rounds(id),
  channel TEXT NOT NULL CHECK (channel IN ('web','desk','paper')),
  account_id TEXT NOT NULL,               -- '' for web
  n INTEGER NOT NULL CHECK (n > 0),
  PRIMARY KEY (round_id, channel, account_id)
);
CREATE TABLE vote_witnesses (             -- who recounted where ballots are not published: a working name or a role
  round_id TEXT NOT NULL REFERENCES vote_rounds(id),
  name TEXT NOT NULL,
  on_day TEXT NOT NULL,                   -- local date
  PRIMARY KEY (round_id, name)
);
CREATE TABLE vote_results (               -- append-only
  round_id TEXT PRIMARY KEY REFERENCES vote_rounds(id),
  document TEXT NOT NULL,                 -- JSON: Outcome of package voting
  pb TEXT NOT NULL,                       -- the file of all ballots; '': they are not published
  published_at BIGINT NOT NULL
);
CREATE TABLE vote_changes (               -- append-only: winners that a person changed, and why
  id TEXT PRIMARY KEY,
  round_id TEXT NOT NULL REFERENCES vote_rounds(id),
  option_id TEXT NOT NULL REFERENCES vote_options(id),
  wins INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('incompatible','not_eligible')),
  reason TEXT NOT NULL CHECK (reason <> ''),
  by_account TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX vote_changes_round ON vote_changes (round_id, at);
-- +goose Down
DROP TABLE vote_changes; DROP TABLE vote_results; DROP TABLE vote_witnesses; DROP TABLE vote_channels; DROP TABLE vote_doors; DROP TABLE vote_sheets; DROP TABLE vote_options; DROP TABLE vote_rounds;
