-- +goose Up
-- What residents propose, what was said to it in public, and who carries it. Dates are local. Nothing here says who
-- proposed but a name that they chose for the public; a contact is a person of the centre that took it.
CREATE TABLE proposals (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  lang TEXT NOT NULL CHECK (lang IN ('hr','en','nb')), -- in which it is written
  title TEXT NOT NULL CHECK (title <> ''),
  about TEXT NOT NULL CHECK (about <> ''),
  for_whom TEXT NOT NULL DEFAULT '',
  room TEXT NOT NULL DEFAULT '',          -- what it needs
  equipment TEXT NOT NULL DEFAULT '',
  people TEXT NOT NULL DEFAULT '',
  money_cents BIGINT CHECK (money_cents >= 0),
  doing TEXT NOT NULL DEFAULT '',         -- what who proposes will do
  public_name TEXT NOT NULL DEFAULT '',   -- empty: a neighbour
  channel TEXT NOT NULL CHECK (channel IN ('web','desk','phone','paper')),
  typed_by TEXT NOT NULL DEFAULT '',      -- account id, where somebody at the centre typed it in
  mark TEXT UNIQUE,                       -- of the code to come back with; none: of a part of another
  person_id TEXT,                         -- whom the centre reaches; its own record, with its own end
  open INTEGER NOT NULL CHECK (open IN (0,1)), -- who proposes agrees that it is published
  screen TEXT NOT NULL DEFAULT 'waiting' CHECK (screen IN ('waiting','shown','kept')),
  screen_note TEXT NOT NULL DEFAULT '',   -- to who proposed
  published_on TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'received' CHECK (state IN ('received','discussed','changed','merged','split','accepted','declined','passed','scheduled','held','withdrawn')),
  steps INTEGER NOT NULL DEFAULT 0,       -- number of the last step
  first_word_on TEXT NOT NULL DEFAULT '',
  merged_into TEXT REFERENCES proposals(id),
  part_of TEXT REFERENCES proposals(id),  -- split off from it
  resident_carries INTEGER NOT NULL DEFAULT 0 CHECK (resident_carries IN (0,1)),
  centre_carries INTEGER NOT NULL DEFAULT 0 CHECK (centre_carries IN (0,1)),
  organisation_id TEXT REFERENCES organisations(id), -- that carries it
  activity_id TEXT REFERENCES activities(id),
  received_on TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  FOREIGN KEY (person_id, centre_id) REFERENCES people(id, centre_id),
  CONSTRAINT proposals_shown CHECK (published_on = '' OR (open = 1 AND screen = 'shown')),
  CONSTRAINT proposals_merged CHECK ((state = 'merged') = (merged_into IS NOT NULL) AND (merged_into IS NULL OR merged_into <> id)),
  CONSTRAINT proposals_carried CHECK (state NOT IN ('scheduled','held') OR (activity_id IS NOT NULL AND resident_carries = 1 AND (centre_carries = 1 OR organisation_id IS NOT NULL))),
  CONSTRAINT proposals_typed CHECK (channel = 'web' OR typed_by <> '')
);
CREATE INDEX proposals_centre ON proposals (centre_id, state);
CREATE INDEX proposals_person ON proposals (person_id);
CREATE INDEX proposals_merged_into ON proposals (merged_into);
CREATE INDEX proposals_part_of ON proposals (part_of);
CREATE INDEX proposals_organisation ON proposals (organisation_id);
CREATE INDEX proposals_activity ON proposals (activity_id);
CREATE TABLE proposal_steps (             -- append-only
  proposal_id TEXT NOT NULL REFERENCES proposals(id),
  n INTEGER NOT NULL CHECK (n > 0),
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  decided_by TEXT NOT NULL CHECK (decided_by IN ('group','centre','vote','proposer')),
  reason TEXT NOT NULL,
  talk_on TEXT NOT NULL DEFAULT '',       -- when it is talked about
  body_kind TEXT NOT NULL DEFAULT '' CHECK (body_kind IN ('','committee','district','office')),
  body TEXT NOT NULL DEFAULT '',          -- to which it was passed on
  answer TEXT NOT NULL DEFAULT '' CHECK (answer IN ('','answer','none')),
  link TEXT NOT NULL DEFAULT '',          -- the vote, by its address
  on_date TEXT NOT NULL,
  by_account TEXT NOT NULL,               -- account id or 'public'
  at BIGINT NOT NULL,
  PRIMARY KEY (proposal_id, n),
  CONSTRAINT proposal_steps_reason CHECK (to_state = 'withdrawn' OR reason <> ''),
  CONSTRAINT proposal_steps_who CHECK ((to_state = 'withdrawn') = (decided_by = 'proposer')),
  CONSTRAINT proposal_steps_body CHECK ((to_state = 'passed') = (body <> '' AND body_kind <> '')),
  CONSTRAINT proposal_steps_answer CHECK ((from_state = 'passed' AND to_state = 'passed') = (answer <> ''))
);
CREATE TABLE proposal_goings (            -- who would come: no account, no address, no time
  proposal_id TEXT NOT NULL REFERENCES proposals(id),
  mark TEXT NOT NULL,                     -- of the browser's chance, bound to the proposal
  PRIMARY KEY (proposal_id, mark)
);
CREATE TABLE proposal_offers (            -- organisations that would carry it
  id TEXT PRIMARY KEY,
  proposal_id TEXT NOT NULL REFERENCES proposals(id),
  organisation_id TEXT NOT NULL REFERENCES organisations(id),
  words TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','taken','declined')),
  by_account TEXT NOT NULL,
  at BIGINT NOT NULL,
  UNIQUE (proposal_id, organisation_id)
);
CREATE INDEX proposal_offers_organisation ON proposal_offers (organisation_id);
CREATE TABLE proposal_weeks (             -- the weekly overview went out
  week TEXT PRIMARY KEY,                  -- local date of its Monday
  at BIGINT NOT NULL
);
-- +goose Down
DROP TABLE proposal_weeks; DROP TABLE proposal_offers; DROP TABLE proposal_goings; DROP TABLE proposal_steps; DROP TABLE proposals;
