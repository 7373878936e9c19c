-- +goose Up
-- Accounts and sign-in (platform/auth).
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,             -- what is typed to sign in: folded e-mail or a short name
  name TEXT NOT NULL,                     -- shown as "acting as"
  email TEXT NOT NULL DEFAULT '',
  lang TEXT NOT NULL DEFAULT 'hr',
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active','disabled')),
  salt TEXT NOT NULL DEFAULT '',          -- base64; empty while no passphrase is set
  verifier TEXT NOT NULL DEFAULT '',      -- HKDF part of Argon2id(passphrase, salt, pepper); never the key-encryption part
  argon TEXT NOT NULL DEFAULT '',         -- parameters, for example "m=65536,t=3,p=2"
  vault_key TEXT NOT NULL DEFAULT '',     -- private key sealed under the key-encryption key; empty: none
  digest_hour INTEGER NOT NULL DEFAULT 8 CHECK (digest_hour BETWEEN 0 AND 23),
  digest_on TEXT NOT NULL DEFAULT '',     -- local date of the last daily mail
  created_at BIGINT NOT NULL
);
CREATE TABLE account_roles (
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  scope_kind TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  PRIMARY KEY (account_id, role, scope_kind, scope_id)
);
CREATE INDEX account_roles_scope ON account_roles (scope_kind, scope_id);
CREATE TABLE sign_ins (                   -- browser sessions; the token is stored hashed
  token TEXT PRIMARY KEY,
  account_id TEXT NOT NULL DEFAULT '',
  data TEXT NOT NULL,                     -- base64
  expires_at BIGINT NOT NULL
);
CREATE INDEX sign_ins_expires ON sign_ins (expires_at);
CREATE INDEX sign_ins_account ON sign_ins (account_id);
CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  credential_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  credential TEXT NOT NULL,               -- JSON
  created_at BIGINT NOT NULL
);
CREATE TABLE ceremonies (                 -- passkey challenges, here so that any process can finish one
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE TABLE one_time_links (
  token_hash TEXT PRIMARY KEY,
  kind TEXT NOT NULL,                     -- invite, reset, resident
  account_id TEXT NOT NULL DEFAULT '',
  payload TEXT NOT NULL DEFAULT '{}',
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE TABLE sign_in_attempts (
  login_key TEXT PRIMARY KEY,             -- HMAC of the login
  failures INTEGER NOT NULL,
  last_at BIGINT NOT NULL
);
CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  scope_kind TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT
);
-- Audit (platform/audit): rows are appended in a feature's transaction, one job chains them.
CREATE TABLE audit_rows (
  id TEXT PRIMARY KEY,
  chain TEXT NOT NULL,                    -- organisation id, or 'network'
  action TEXT NOT NULL,
  actor TEXT NOT NULL,                    -- account id, 'public', 'job' or 'cli'
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  hour BIGINT NOT NULL CHECK (hour % 3600 = 0)
);
CREATE TABLE audit_links (
  chain TEXT NOT NULL,
  n BIGINT NOT NULL CHECK (n > 0),
  row_id TEXT NOT NULL UNIQUE REFERENCES audit_rows(id),
  hash TEXT NOT NULL,
  PRIMARY KEY (chain, n)
);
CREATE TABLE audit_tails (                -- the newest link of each chain, so that a cut tail is found
  chain TEXT PRIMARY KEY,
  n BIGINT NOT NULL,
  hash TEXT NOT NULL
);
-- Outbox (platform/jobs): written in a feature's transaction, handed to the job runner once each.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  handed_at BIGINT
);
CREATE INDEX outbox_waiting ON outbox (run_at) WHERE handed_at IS NULL;
CREATE TABLE progress (                   -- long work: how far it is, and whether somebody asked it to stop
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  account_id TEXT NOT NULL DEFAULT '',
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('running','stopping','stopped','done','failed')),
  result TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL
);
CREATE TABLE uploads (                    -- files between a dry run and its confirmation; in the database, not on one machine
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  name TEXT NOT NULL,
  data TEXT NOT NULL,                     -- base64
  expires_at BIGINT NOT NULL
);
-- Mail (platform/mail).
CREATE TABLE mails (
  id TEXT PRIMARY KEY,
  to_address TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  scope_id TEXT NOT NULL DEFAULT '',      -- the centre whose desk may know that a mail waits
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','sent','failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  sent_at BIGINT
);
CREATE INDEX mails_waiting ON mails (not_before) WHERE state = 'waiting';
CREATE TABLE submissions (                -- a form sent twice is one submission
  form_key TEXT PRIMARY KEY,
  location TEXT NOT NULL,                 -- where the first sending led
  expires_at BIGINT NOT NULL
);
CREATE TABLE change_counters (            -- part of every cache key
  scope TEXT PRIMARY KEY,
  n BIGINT NOT NULL
);
INSERT INTO change_counters (scope, n) VALUES ('public', 1);
-- +goose Down
DROP TABLE change_counters; DROP TABLE submissions; DROP TABLE mails; DROP TABLE uploads; DROP TABLE progress; DROP TABLE outbox; DROP TABLE audit_tails; DROP TABLE audit_links; DROP TABLE audit_rows; DROP TABLE api_tokens; DROP TABLE sign_in_attempts; DROP TABLE one_time_links; DROP TABLE ceremonies; DROP TABLE passkeys; DROP TABLE sign_ins; DROP TABLE account_roles; DROP TABLE accounts;
