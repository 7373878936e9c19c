-- +goose Up
-- Photos and hand-outs of activities. A photo is on a public page only once consent is recorded for it.
CREATE TABLE materials (
  id TEXT PRIMARY KEY,
  activity_id TEXT NOT NULL REFERENCES activities(id) ON DELETE CASCADE,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  session_id TEXT REFERENCES sessions(id) ON DELETE SET NULL, -- of which date, where it is of one
  kind TEXT NOT NULL CHECK (kind IN ('picture','file')),
  media_type TEXT NOT NULL,
  words TEXT NOT NULL CHECK (words <> '{}'), -- JSON: what the photo shows, or what the file is called
  size INTEGER NOT NULL CHECK (size > 0),    -- bytes
  width INTEGER NOT NULL DEFAULT 0,
  height INTEGER NOT NULL DEFAULT 0,
  data TEXT NOT NULL,                        -- base64
  consent TEXT NOT NULL DEFAULT '' CHECK (consent IN ('','nobody','all','guardians')), -- empty: not recorded
  consent_how TEXT NOT NULL DEFAULT '',      -- spoken, on paper; no names
  consent_by TEXT NOT NULL DEFAULT '',       -- account that recorded it
  consent_on TEXT NOT NULL DEFAULT '',       -- local date
  added_by TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  CHECK ((kind = 'picture' AND media_type = 'image/jpeg') OR (kind = 'file' AND media_type = 'application/pdf' AND consent = '')),
  CHECK (consent = '' OR (consent_by <> '' AND consent_on <> '')),
  CHECK (consent NOT IN ('all','guardians') OR consent_how <> '')
);
CREATE INDEX materials_activity ON materials (activity_id, created_at);
CREATE VIEW public_materials AS SELECT m.id, m.activity_id, m.session_id, m.kind, m.media_type, m.words, m.size, m.width, m.height, m.data, m.created_at
  FROM materials m JOIN activities a ON a.id = m.activity_id
  WHERE a.discreet = 0 AND a.state = 'published' AND (m.kind = 'file' OR m.consent <> '');
-- +goose Down
DROP VIEW public_materials;
DROP TABLE materials;
