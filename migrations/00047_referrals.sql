-- +goose Up
CREATE TABLE support_referrals (          -- what was passed on with consent; from which conversation stands there, sealed
  id TEXT PRIMARY KEY,                    -- random
  packet_id TEXT UNIQUE REFERENCES support_requests(id) ON DELETE SET NULL,
  body_id TEXT NOT NULL,                  -- of the erasure key of what is passed on, until it is accepted
  body TEXT NOT NULL,                     -- that, sealed; '' afterwards
  news TEXT NOT NULL,                     -- for whom refers: sealed pointers to the conversation; to whom, nothing here says
  noted INTEGER NOT NULL DEFAULT 1 CHECK (noted > 0), -- the last step that the conversation has
  until_hour BIGINT NOT NULL CHECK (until_hour % 3600 = 0)
);
CREATE INDEX support_referrals_until ON support_referrals (until_hour);

CREATE TABLE support_referral_steps (     -- each step names the one before; what may follow what is written here, too
  referral_id TEXT NOT NULL REFERENCES support_referrals(id) ON DELETE CASCADE,
  n INTEGER NOT NULL CHECK (n > 0),
  state TEXT NOT NULL,
  was_n INTEGER,
  was TEXT,
  outcome TEXT NOT NULL DEFAULT '',
  word_id TEXT NOT NULL DEFAULT '',       -- a reason, sealed for the conversation until it has it
  word TEXT NOT NULL DEFAULT '',
  hour BIGINT NOT NULL CHECK (hour % 3600 = 0),
  PRIMARY KEY (referral_id, n),
  UNIQUE (referral_id, n, state),
  FOREIGN KEY (referral_id, was_n, was) REFERENCES support_referral_steps (referral_id, n, state) ON DELETE CASCADE,
  CONSTRAINT order_of_steps CHECK ((n = 1) = (was IS NULL) AND (was_n IS NULL) = (was IS NULL) AND COALESCE(was_n, 0) = n - 1),
  CONSTRAINT step CHECK (
    COALESCE(was, '') = '' AND state = 'requested'
    OR COALESCE(was, '') = 'requested' AND state IN ('accepted','rejected','rerouted','cancelled','withdrawn','expired')
    OR COALESCE(was, '') = 'accepted' AND state IN ('in_progress','cancelled','withdrawn','expired')
    OR COALESCE(was, '') = 'in_progress' AND state IN ('on_hold','completed','failed','cancelled','withdrawn','expired')
    OR COALESCE(was, '') = 'on_hold' AND state IN ('in_progress','failed','cancelled','withdrawn','expired')
    OR COALESCE(was, '') IN ('completed','failed') AND state = 'withdrawn'),
  CONSTRAINT outcome CHECK (outcome IN ('','got_help','no_capacity','not_eligible','no_contact','not_interested','elsewhere')
    AND (state NOT IN ('completed','failed') OR outcome <> '') AND (outcome = '' OR state IN ('completed','failed','rejected')))
);

-- +goose Down
DROP TABLE support_referral_steps; DROP TABLE support_referrals;
