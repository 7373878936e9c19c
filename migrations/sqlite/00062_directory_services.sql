-- +goose Up
CREATE TABLE directory_services (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organisation_id TEXT NOT NULL REFERENCES directory_organisations(id),
  status TEXT NOT NULL CHECK (status IN ('active','inactive','defunct','temporarily closed')),
  name TEXT NOT NULL,
  body TEXT NOT NULL,                     -- JSON: HSDS service, without what has columns or tables of its own
  lang TEXT NOT NULL DEFAULT 'hr' CHECK (lang IN ('hr','en','nb')), -- in which the body is
  texts TEXT NOT NULL DEFAULT '{}',       -- JSON: language to field to text
  own TEXT NOT NULL DEFAULT '{}',         -- JSON: cost in a word, what a first visit is like
  terms TEXT NOT NULL DEFAULT '',         -- ids of its terms, with a space after each
  assured_on TEXT NOT NULL DEFAULT '',    -- local date on which somebody said that it is right
  assured_by TEXT NOT NULL DEFAULT '',    -- organisation, centre, import
  ask_at BIGINT,                          -- when it is to be asked about next; none: nobody is to be asked
  asked INTEGER NOT NULL DEFAULT 0,       -- how often without an answer
  modified_at BIGINT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX directory_services_organisation ON directory_services (organisation_id, seq);
CREATE INDEX directory_services_modified ON directory_services (modified_at, seq);
CREATE INDEX directory_services_ask ON directory_services (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX directory_services_listed ON directory_services (seq, status) WHERE status IN ('active', 'temporarily closed'); -- how many visitors find is counted here, not in the bodies
CREATE TABLE directory_places (           -- HSDS service_at_location
  id TEXT PRIMARY KEY,
  service_id TEXT NOT NULL REFERENCES directory_services(id) ON DELETE CASCADE,
  location_id TEXT NOT NULL REFERENCES directory_locations(id),
  body TEXT NOT NULL DEFAULT '{}',        -- JSON: HSDS service_at_location, without service and location
  position INTEGER NOT NULL DEFAULT 0,
  UNIQUE (service_id, location_id)
);
CREATE INDEX directory_places_location ON directory_places (location_id);
CREATE TABLE directory_service_terms (
  term_id TEXT NOT NULL REFERENCES directory_terms(id),
  service_id TEXT NOT NULL REFERENCES directory_services(id) ON DELETE CASCADE,
  PRIMARY KEY (term_id, service_id)
) WITHOUT ROWID;
CREATE INDEX directory_service_terms_service ON directory_service_terms (service_id);
CREATE TABLE directory_suggestions (      -- of corrections, by anybody; nothing about who
  id TEXT PRIMARY KEY,
  service_id TEXT NOT NULL REFERENCES directory_services(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('wrong','ended','missing')),
  words TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','done','declined')),
  at BIGINT NOT NULL,                     -- the hour
  answered_at BIGINT
);
CREATE INDEX directory_suggestions_service ON directory_suggestions (service_id, state);
-- +goose StatementBegin
CREATE TRIGGER directory_terms_cycle BEFORE UPDATE OF parent_id ON directory_terms WHEN NEW.parent_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'cycle') WHERE EXISTS (WITH RECURSIVE up(id) AS (SELECT NEW.parent_id UNION SELECT t.parent_id FROM directory_terms t JOIN up ON t.id = up.id WHERE t.parent_id IS NOT NULL)
    SELECT 1 FROM up WHERE id = NEW.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_terms_tree BEFORE INSERT ON directory_terms WHEN NEW.parent_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'other taxonomy') WHERE (SELECT taxonomy_id FROM directory_terms WHERE id = NEW.parent_id) <> NEW.taxonomy_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_terms_moved BEFORE UPDATE ON directory_terms WHEN NEW.parent_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'other taxonomy') WHERE (SELECT taxonomy_id FROM directory_terms WHERE id = NEW.parent_id) <> NEW.taxonomy_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_versions_flagged BEFORE INSERT ON directory_versions WHEN NEW.noun = 'location'
BEGIN
  SELECT RAISE(ABORT, 'confidential') WHERE EXISTS (SELECT 1 FROM directory_locations WHERE id = NEW.noun_id AND confidential = 1);
END;
-- +goose StatementEnd
INSERT INTO change_counters (scope, n) VALUES ('taxonomies', 1);
-- +goose StatementBegin
CREATE TRIGGER directory_taxonomies_changed_insert AFTER INSERT ON directory_taxonomies BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_taxonomies_changed_update AFTER UPDATE ON directory_taxonomies BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_taxonomies_changed_delete AFTER DELETE ON directory_taxonomies BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_terms_changed_insert AFTER INSERT ON directory_terms BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_terms_changed_update AFTER UPDATE ON directory_terms BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_terms_changed_delete AFTER DELETE ON directory_terms BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_synonyms_changed_insert AFTER INSERT ON directory_synonyms BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_synonyms_changed_update AFTER UPDATE ON directory_synonyms BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_synonyms_changed_delete AFTER DELETE ON directory_synonyms BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'; END;
-- +goose StatementEnd
-- +goose Down
DELETE FROM change_counters WHERE scope = 'taxonomies';
DROP TRIGGER directory_taxonomies_changed_insert;
DROP TRIGGER directory_taxonomies_changed_update;
DROP TRIGGER directory_taxonomies_changed_delete;
DROP TRIGGER directory_terms_changed_insert;
DROP TRIGGER directory_terms_changed_update;
DROP TRIGGER directory_terms_changed_delete;
DROP TRIGGER directory_synonyms_changed_insert;
DROP TRIGGER directory_synonyms_changed_update;
DROP TRIGGER directory_synonyms_changed_delete;
DROP TRIGGER directory_versions_flagged; DROP TRIGGER directory_terms_moved; DROP TRIGGER directory_terms_tree; DROP TRIGGER directory_terms_cycle;
DROP TABLE directory_suggestions; DROP TABLE directory_service_terms; DROP TABLE directory_places; DROP TABLE directory_services;
