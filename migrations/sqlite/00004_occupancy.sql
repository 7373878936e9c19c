-- +goose Up
-- Live occupancies only: a booking that is cancelled or expired has none. The triggers of bookings write them, so no
-- code path can hold a space without its atoms; the triggers here refuse two of one atom at one time. As live ones
-- never overlap, the only candidate to clash is the last that begins before the new one ends.
CREATE TABLE occupancies (
  atom_id TEXT NOT NULL,
  from_at BIGINT NOT NULL,
  to_at BIGINT NOT NULL,
  booking_id TEXT NOT NULL REFERENCES bookings(id) ON DELETE CASCADE,
  expires_at BIGINT,
  PRIMARY KEY (atom_id, from_at),
  CHECK (from_at < to_at)
) WITHOUT ROWID;
CREATE INDEX occupancies_booking ON occupancies (booking_id);
-- +goose StatementBegin
CREATE TRIGGER occupancies_insert BEFORE INSERT ON occupancies
WHEN (SELECT to_at FROM occupancies WHERE atom_id = NEW.atom_id AND from_at < NEW.to_at ORDER BY from_at DESC LIMIT 1) > NEW.from_at
BEGIN SELECT RAISE(ABORT, 'overlap'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER occupancies_update BEFORE UPDATE ON occupancies
WHEN EXISTS (SELECT 1 FROM occupancies WHERE atom_id = NEW.atom_id AND from_at < NEW.to_at AND to_at > NEW.from_at
  AND NOT (atom_id = OLD.atom_id AND from_at = OLD.from_at))
BEGIN SELECT RAISE(ABORT, 'overlap'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bookings_occupy AFTER INSERT ON bookings WHEN NEW.state IN ('held','confirmed')
BEGIN
  SELECT RAISE(ABORT, 'no atoms') WHERE NOT EXISTS (SELECT 1 FROM space_atoms WHERE space_id = NEW.space_id);
  INSERT INTO occupancies (atom_id, from_at, to_at, booking_id, expires_at)
    SELECT atom_id, NEW.held_from, NEW.held_to, NEW.id, CASE WHEN NEW.state = 'held' THEN NEW.expires_at END
    FROM space_atoms WHERE space_id = NEW.space_id ORDER BY atom_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bookings_reoccupy AFTER UPDATE OF space_id, held_from, held_to, state, expires_at ON bookings
BEGIN
  DELETE FROM occupancies WHERE booking_id = NEW.id;
  INSERT INTO occupancies (atom_id, from_at, to_at, booking_id, expires_at)
    SELECT atom_id, NEW.held_from, NEW.held_to, NEW.id, CASE WHEN NEW.state = 'held' THEN NEW.expires_at END
    FROM space_atoms WHERE space_id = NEW.space_id AND NEW.state IN ('held','confirmed') ORDER BY atom_id;
END;
-- +goose StatementEnd
-- +goose Down
DROP TABLE occupancies;
