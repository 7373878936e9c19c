-- +goose Up
CREATE TABLE vault_keys (                 -- the key pair of an account that reads; its private half is accounts.vault_key, sealed
  id TEXT PRIMARY KEY,                    -- random; the reader's id in lists, epochs and grants
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  public TEXT NOT NULL,                   -- base64
  paper TEXT NOT NULL,                    -- the private half under the printed key
  made_hour BIGINT NOT NULL CHECK (made_hour % 3600 = 0),
  ended_hour BIGINT CHECK (ended_hour % 3600 = 0)
);
CREATE UNIQUE INDEX vault_keys_live ON vault_keys (account_id) WHERE ended_hour IS NULL;

CREATE TABLE vault_lists (                -- whose key is whose, signed away from the server; only the newest counts
  organisation_id TEXT NOT NULL REFERENCES organisations(id) ON DELETE CASCADE,
  serial INTEGER NOT NULL CHECK (serial > 0),
  file TEXT NOT NULL,
  PRIMARY KEY (organisation_id, serial)
);

CREATE TABLE support_requests (           -- nothing here says whose, about what, or to which centre
  id TEXT PRIMARY KEY,                    -- random
  kind TEXT NOT NULL CHECK (kind IN ('request','referral','registration')),
  locator TEXT CHECK (length(locator) = 5), -- of the access code; none: the code was declined
  salt TEXT NOT NULL DEFAULT '',
  argon TEXT NOT NULL DEFAULT '',
  verifier TEXT NOT NULL DEFAULT '',
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  closing INTEGER NOT NULL DEFAULT 0 CHECK (closing IN (0,1)), -- a reader left: nothing is sealed under this epoch any more
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','closed')),
  header_id TEXT NOT NULL,
  waiting_hour BIGINT CHECK (waiting_hour % 3600 = 0),         -- since when somebody waits for an answer
  made_hour BIGINT NOT NULL CHECK (made_hour % 3600 = 0),
  delete_hour BIGINT NOT NULL CHECK (delete_hour % 3600 = 0),
  CHECK ((locator IS NULL) = (verifier = ''))
);
CREATE UNIQUE INDEX support_requests_locator ON support_requests (locator);
CREATE INDEX support_requests_waiting ON support_requests (waiting_hour);

CREATE TABLE support_epochs (             -- who reads from when on, vouched for under the key of the epoch before
  request_id TEXT NOT NULL REFERENCES support_requests(id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  members TEXT NOT NULL,                  -- JSON: ids and public keys
  tag TEXT NOT NULL,
  PRIMARY KEY (request_id, epoch)
);

CREATE TABLE support_grants (             -- an epoch's data key, sealed to one reader
  request_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  reader_id TEXT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (request_id, epoch, reader_id),
  FOREIGN KEY (request_id, epoch) REFERENCES support_epochs(request_id, epoch) ON DELETE CASCADE
);
CREATE INDEX support_grants_reader ON support_grants (reader_id, request_id);

CREATE TABLE support_items (
  id TEXT PRIMARY KEY,                    -- random
  request_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('header','entry','file')),
  sealed TEXT NOT NULL,
  hour BIGINT NOT NULL CHECK (hour % 3600 = 0),
  UNIQUE (request_id, seq),
  FOREIGN KEY (request_id, epoch) REFERENCES support_epochs(request_id, epoch) ON DELETE CASCADE
);

CREATE TABLE support_reads (              -- who opened what, for the person it is about
  item_id TEXT NOT NULL REFERENCES support_items(id) ON DELETE CASCADE,
  reader_id TEXT NOT NULL,
  request_id TEXT NOT NULL,
  hour BIGINT NOT NULL CHECK (hour % 3600 = 0),
  PRIMARY KEY (item_id, reader_id)
);
CREATE INDEX support_reads_request ON support_reads (request_id);

CREATE TABLE support_openings (           -- who opened a request in which hour; once an hour in the audit log too
  request_id TEXT NOT NULL REFERENCES support_requests(id) ON DELETE CASCADE,
  reader_id TEXT NOT NULL,
  hour BIGINT NOT NULL CHECK (hour % 3600 = 0),
  PRIMARY KEY (request_id, reader_id, hour)
);

CREATE TABLE support_visits (             -- a browser in which a code was typed; what opens it is in its cookie only
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES support_requests(id) ON DELETE CASCADE,
  wrapped TEXT NOT NULL,
  expires_hour BIGINT NOT NULL CHECK (expires_hour % 3600 = 0)
);

CREATE TABLE support_rota (               -- who looks at messages when
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id) ON DELETE CASCADE,
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  from_clock TEXT NOT NULL CHECK (length(from_clock) = 5),
  to_clock TEXT NOT NULL CHECK (length(to_clock) = 5 AND to_clock > from_clock),
  UNIQUE (centre_id, account_id, weekday, from_clock)
);

CREATE TABLE support_settings (           -- what the network says before somebody writes, and what it asks about later
  network_id TEXT PRIMARY KEY REFERENCES networks(id) ON DELETE CASCADE,
  settings TEXT NOT NULL
);

-- +goose Down
DROP TABLE support_settings; DROP TABLE support_rota; DROP TABLE support_visits; DROP TABLE support_openings; DROP TABLE support_reads; DROP TABLE support_items;
DROP TABLE support_grants; DROP TABLE support_epochs; DROP TABLE support_requests; DROP TABLE vault_lists; DROP TABLE vault_keys;
