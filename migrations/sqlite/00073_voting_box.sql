-- +goose Up
-- The box. No row of it names another, a time or a person, and none refers by a key, which would leave a mark on the row
-- it refers to. A sealed ballot opens to whoever has the round's key, which is not in this database. At closing the box is
-- emptied: what was in it stays as patterns with their number, and as receipts in a list of their own.
CREATE TABLE vote_codes (                 -- those that were printed, of a round that is not closed
  hash TEXT PRIMARY KEY,
  round_id TEXT NOT NULL,
  sheet_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE vote_mailed (                -- addresses that asked for a link, as a hash; gone at closing
  hash TEXT PRIMARY KEY,
  round_id TEXT NOT NULL,
  n INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE vote_used (                  -- codes and links that a ballot came with: one ballot of each
  hash TEXT PRIMARY KEY,
  round_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE vote_box (                   -- sealed ballots of a round that is open, all of one length
  id TEXT PRIMARY KEY,                    -- random
  round_id TEXT NOT NULL,
  sealed TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE vote_ballots (               -- of a round that is closed
  round_id TEXT NOT NULL,
  choices TEXT NOT NULL,                  -- ids of options in their order, a space between
  n INTEGER NOT NULL CHECK (n > 0),
  PRIMARY KEY (round_id, choices)
) WITHOUT ROWID;
CREATE TABLE vote_receipts (
  round_id TEXT NOT NULL,
  number TEXT NOT NULL,
  PRIMARY KEY (round_id, number)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE vote_receipts; DROP TABLE vote_ballots; DROP TABLE vote_box; DROP TABLE vote_used; DROP TABLE vote_mailed; DROP TABLE vote_codes;
