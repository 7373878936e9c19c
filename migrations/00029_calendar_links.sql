-- +goose Up
-- The secret address of one's own calendar: one an account, its hash only. Made anew, the one before is dead.
CREATE TABLE calendar_links (
  account_id TEXT PRIMARY KEY REFERENCES accounts(id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
  made_at BIGINT NOT NULL
);
CREATE INDEX sessions_responsible ON sessions (responsible_id, starts_at) WHERE responsible_id IS NOT NULL;
-- +goose Down
DROP INDEX sessions_responsible;
DROP TABLE calendar_links;
