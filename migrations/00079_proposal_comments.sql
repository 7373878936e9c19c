-- +goose Up
-- Short comments on a proposal, read by the centre before anything shows. Nothing says who wrote one but a name that they
-- chose. Codes that were given anew, each with its reason. What a plan may cost, and for what. The day on which a closure was
-- announced: it stops no clock before that.
CREATE TABLE proposal_comments (
  id TEXT PRIMARY KEY,
  proposal_id TEXT NOT NULL REFERENCES proposals(id),
  lang TEXT NOT NULL CHECK (lang IN ('hr','en','nb')), -- of the page on which it was written
  words TEXT NOT NULL,                    -- empty once its time is over
  public_name TEXT NOT NULL DEFAULT '',   -- empty: a neighbour
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','shown','refused','down')),
  reason TEXT NOT NULL DEFAULT '',        -- why it does not show, for the team
  sent_on TEXT NOT NULL,                  -- local dates
  decided_on TEXT NOT NULL DEFAULT '',
  CONSTRAINT proposal_comments_reason CHECK (state NOT IN ('refused','down') OR reason <> ''),
  CONSTRAINT proposal_comments_decided CHECK ((state = 'waiting') = (decided_on = '')),
  CONSTRAINT proposal_comments_words CHECK (words <> '' OR (state IN ('refused','down') AND public_name = ''))
);
CREATE INDEX proposal_comments_proposal ON proposal_comments (proposal_id, state);
CREATE TABLE proposal_codes (             -- given anew at the desk; the one before ended
  id TEXT PRIMARY KEY,
  proposal_id TEXT NOT NULL REFERENCES proposals(id),
  reason TEXT NOT NULL CHECK (reason <> ''),
  on_date TEXT NOT NULL,
  by_account TEXT NOT NULL
);
CREATE INDEX proposal_codes_proposal ON proposal_codes (proposal_id);
ALTER TABLE proposals ADD COLUMN budget_unit TEXT NOT NULL DEFAULT '' CHECK (budget_unit IN ('','money','hours'));
ALTER TABLE proposals ADD COLUMN budget_amount BIGINT NOT NULL DEFAULT 0 CHECK (budget_amount >= 0); -- cents, or hours of a room
ALTER TABLE proposals ADD COLUMN budget_for TEXT NOT NULL DEFAULT '' CONSTRAINT proposals_budget CHECK ((budget_unit = '') = (budget_amount = 0) AND (budget_unit = '') = (budget_for = ''));
ALTER TABLE closures ADD COLUMN announced_on TEXT NOT NULL DEFAULT ''; -- local date; empty: before this was written down
-- +goose Down
ALTER TABLE closures DROP COLUMN announced_on;
ALTER TABLE proposals DROP COLUMN budget_for;
ALTER TABLE proposals DROP COLUMN budget_amount;
ALTER TABLE proposals DROP COLUMN budget_unit;
DROP TABLE proposal_codes; DROP TABLE proposal_comments;
