-- +goose Up
-- The directory of help: what organisations and initiatives offer, where, when and for whom. A body is the noun as HSDS 3.1
-- has it, in JSON and in one language; texts are what visitors read in the others. What is asked or
-- joined by is a column. Search is in tables of its own (directory_index).
CREATE TABLE directory_organisations (
  id TEXT PRIMARY KEY,                    -- the id of organisations where it is one of the network's
  kind TEXT NOT NULL CHECK (kind IN ('cso','initiative','public','city','other')),
  name TEXT NOT NULL,
  body TEXT NOT NULL,                     -- JSON: HSDS organization, without its services
  lang TEXT NOT NULL DEFAULT 'hr' CHECK (lang IN ('hr','en','nb')), -- in which the body is
  texts TEXT NOT NULL DEFAULT '{}',       -- JSON: language to field to text
  reach TEXT NOT NULL DEFAULT 'direct' CHECK (reach IN ('direct','centre')),
  reach_until TEXT,                       -- local date on which an initiative's consent to be reached itself ends
  centre_id TEXT REFERENCES centres(id),  -- through which it is reached, and which looks after its entries
  ask_email TEXT NOT NULL DEFAULT '',     -- where it is asked whether its entries are still right; on no page and in no export
  modified_at BIGINT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  CONSTRAINT directory_consent CHECK (kind <> 'initiative' OR reach = 'centre' OR reach_until IS NOT NULL),
  CONSTRAINT directory_reach CHECK (reach <> 'centre' OR centre_id IS NOT NULL)
);
CREATE INDEX directory_organisations_centre ON directory_organisations (centre_id);
CREATE INDEX directory_organisations_modified ON directory_organisations (modified_at);
CREATE TABLE directory_locations (
  id TEXT PRIMARY KEY,
  organisation_id TEXT REFERENCES directory_organisations(id),
  area_id TEXT REFERENCES areas(id),      -- the narrowest it is in; the city where it is confidential
  body TEXT NOT NULL,                     -- JSON: HSDS location
  own TEXT NOT NULL DEFAULT '{}',         -- JSON: access, as centres have it
  city TEXT NOT NULL DEFAULT '',
  postcode TEXT NOT NULL DEFAULT '',
  lat_e6 BIGINT CHECK (lat_e6 BETWEEN -90000000 AND 90000000),
  lon_e6 BIGINT CHECK (lon_e6 BETWEEN -180000000 AND 180000000),
  confidential INTEGER NOT NULL DEFAULT 0 CHECK (confidential IN (0,1)),
  public_from BIGINT NOT NULL,            -- since when exports have had it
  modified_at BIGINT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  CHECK ((lat_e6 IS NULL) = (lon_e6 IS NULL)),
  CONSTRAINT directory_confidential CHECK (confidential = 0 OR (body = '{}' AND own = '{}' AND postcode = '' AND lat_e6 IS NULL))
);
CREATE INDEX directory_locations_organisation ON directory_locations (organisation_id);
CREATE INDEX directory_locations_postcode ON directory_locations (postcode);
CREATE TABLE directory_taxonomies (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,                     -- JSON: language to text
  description TEXT NOT NULL,
  uri TEXT NOT NULL DEFAULT '',
  edition TEXT NOT NULL DEFAULT '',
  groups_map INTEGER NOT NULL DEFAULT 0   -- its widest terms are the groups of the map
);
CREATE TABLE directory_terms (
  id TEXT PRIMARY KEY,
  taxonomy_id TEXT NOT NULL REFERENCES directory_taxonomies(id),
  parent_id TEXT REFERENCES directory_terms(id),
  code TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL,                     -- JSON: language to text
  description TEXT NOT NULL,
  uri TEXT NOT NULL DEFAULT '',
  position INTEGER NOT NULL DEFAULT 0,
  CHECK (parent_id IS NULL OR parent_id <> id)
);
CREATE INDEX directory_terms_parent ON directory_terms (parent_id);
CREATE UNIQUE INDEX directory_terms_code ON directory_terms (taxonomy_id, code) WHERE code <> '';
CREATE TABLE directory_synonyms (         -- who types word looks for means too
  lang TEXT NOT NULL CHECK (lang IN ('hr','en','nb')),
  word TEXT NOT NULL,
  means TEXT NOT NULL,
  PRIMARY KEY (lang, word, means)
);
CREATE TABLE directory_spots (            -- streets, stops and committees to be near to, from a list the network imports
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('district','committee','street','stop','place')),
  name TEXT NOT NULL,
  folded TEXT NOT NULL,                   -- as somebody in a hurry types it
  area_id TEXT REFERENCES areas(id),
  lat_e6 BIGINT NOT NULL CHECK (lat_e6 BETWEEN -90000000 AND 90000000),
  lon_e6 BIGINT NOT NULL CHECK (lon_e6 BETWEEN -180000000 AND 180000000),
  UNIQUE (kind, folded, lat_e6, lon_e6)
);
CREATE INDEX directory_spots_folded ON directory_spots (folded);
CREATE TABLE directory_versions (         -- what an entry was before each change
  noun TEXT NOT NULL CHECK (noun IN ('service','organisation','location')),
  noun_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,                     -- JSON: the whole entry
  action TEXT NOT NULL,
  by_whom TEXT NOT NULL,                  -- an account's id, 'organisation', 'import' or 'job'
  at BIGINT NOT NULL,
  PRIMARY KEY (noun, noun_id, version)
);
CREATE TABLE directory_exports (          -- so that an address that must be called back is known to be out
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  services INTEGER NOT NULL,
  by_whom TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX directory_exports_at ON directory_exports (at);
CREATE TABLE directory_misses (           -- searches that found nothing: words only once as many as the threshold asked
  hash TEXT NOT NULL,
  area_id TEXT NOT NULL DEFAULT '',
  hours INTEGER NOT NULL DEFAULT 1,       -- in how many hours it was asked
  last_hour BIGINT NOT NULL,
  words TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (hash, area_id)
);
CREATE TABLE directory_offers (           -- what an organisation can lend the network
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisations(id),
  kind TEXT NOT NULL CHECK (kind IN ('room','people','thing')),
  what TEXT NOT NULL,
  until TEXT NOT NULL,                    -- local date
  at BIGINT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX directory_offers_organisation ON directory_offers (organisation_id);
-- +goose Down
DROP TABLE directory_offers; DROP TABLE directory_misses; DROP TABLE directory_exports; DROP TABLE directory_versions; DROP TABLE directory_spots;
DROP TABLE directory_synonyms; DROP TABLE directory_terms; DROP TABLE directory_taxonomies; DROP TABLE directory_locations; DROP TABLE directory_organisations;
