-- +goose Up
CREATE TABLE slot_waits (                 -- an organisation waits for a room at one time
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  space_id TEXT NOT NULL REFERENCES spaces(id),
  organisation_id TEXT NOT NULL REFERENCES organisations(id),
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  title TEXT NOT NULL,
  people INTEGER NOT NULL CHECK (people BETWEEN 1 AND 10000),
  state TEXT NOT NULL CHECK (state IN ('waiting','offered','taken','passed','left','over')),
  offer_until BIGINT,
  booking_id TEXT UNIQUE REFERENCES bookings(id), -- the hold of the offer
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  CHECK (starts_at < ends_at),
  CONSTRAINT offer_holds CHECK (state <> 'offered' OR (booking_id IS NOT NULL AND offer_until IS NOT NULL))
);
CREATE UNIQUE INDEX slot_waits_once ON slot_waits (organisation_id, space_id, starts_at, ends_at) WHERE state IN ('waiting','offered');
CREATE INDEX slot_waits_centre ON slot_waits (centre_id, starts_at) WHERE state IN ('waiting','offered');
-- +goose Down
DROP TABLE slot_waits;
