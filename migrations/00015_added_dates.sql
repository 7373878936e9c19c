-- +goose Up
-- Whoever is on a series and has no e-mail is told by telephone of dates that were added.
CREATE TABLE notices_wider (              -- whom a change still has to be told by telephone
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  registration_id TEXT NOT NULL REFERENCES registrations(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('cancelled','moved','added')),
  told_at BIGINT,
  UNIQUE (registration_id, kind)
);
INSERT INTO notices_wider SELECT * FROM notices;
DROP TABLE notices;
ALTER TABLE notices_wider RENAME TO notices;
-- +goose Down
CREATE TABLE notices_narrow (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  registration_id TEXT NOT NULL REFERENCES registrations(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('cancelled','moved')),
  told_at BIGINT,
  UNIQUE (registration_id, kind)
);
INSERT INTO notices_narrow SELECT * FROM notices WHERE kind <> 'added';
DROP TABLE notices;
ALTER TABLE notices_narrow RENAME TO notices;
