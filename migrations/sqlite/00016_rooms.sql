-- +goose Up
-- What a space is made of changes only while nothing live stands in it from parts_at on: a booking made in a hall of two
-- parts must not lose one. An atom is a space of the same centre that occupies itself.
ALTER TABLE spaces ADD COLUMN parts_at BIGINT NOT NULL DEFAULT 0;
-- +goose StatementBegin
CREATE TRIGGER space_atoms_insert BEFORE INSERT ON space_atoms
BEGIN
  SELECT RAISE(ABORT, 'atoms') WHERE EXISTS (SELECT 1 FROM bookings b JOIN spaces s ON s.id = b.space_id
    WHERE s.id = NEW.space_id AND b.state IN ('held','confirmed') AND b.held_to > s.parts_at);
  SELECT RAISE(ABORT, 'atoms') WHERE NEW.atom_id <> NEW.space_id AND NOT EXISTS (SELECT 1 FROM space_atoms a JOIN spaces part ON part.id = a.space_id
    JOIN spaces whole ON whole.centre_id = part.centre_id WHERE a.space_id = NEW.atom_id AND a.atom_id = NEW.atom_id AND whole.id = NEW.space_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER space_atoms_delete BEFORE DELETE ON space_atoms
BEGIN
  SELECT RAISE(ABORT, 'atoms') WHERE EXISTS (SELECT 1 FROM bookings b JOIN spaces s ON s.id = b.space_id
    WHERE s.id = OLD.space_id AND b.state IN ('held','confirmed') AND b.held_to > s.parts_at);
  SELECT RAISE(ABORT, 'atoms') WHERE OLD.atom_id = OLD.space_id AND EXISTS (SELECT 1 FROM space_atoms WHERE atom_id = OLD.atom_id AND space_id <> OLD.space_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER space_atoms_update BEFORE UPDATE ON space_atoms
BEGIN SELECT RAISE(ABORT, 'atoms'); END;
-- +goose StatementEnd

-- Set-up and clear-up of a booking's own, in place of its space's; held_from and held_to have it in them.
ALTER TABLE bookings ADD COLUMN setup_minutes INTEGER CHECK (setup_minutes BETWEEN 0 AND 480);
ALTER TABLE bookings ADD COLUMN clear_minutes INTEGER CHECK (clear_minutes BETWEEN 0 AND 480);

-- Equipment is counted: what live bookings hold of it at one moment is never more than there is. The triggers write the
-- uses, as those of occupancies do, and look at every moment at which the sum can be highest: where a use begins. No use
-- is longer than 31 days.
CREATE TABLE equipment (
  id TEXT PRIMARY KEY,
  centre_id TEXT NOT NULL REFERENCES centres(id),
  name TEXT NOT NULL,                     -- JSON: language to text
  quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
  quantity_at BIGINT NOT NULL DEFAULT 0,  -- the quantity holds from this moment on; what was before is not judged by it
  position INTEGER NOT NULL DEFAULT 0,
  closed INTEGER NOT NULL DEFAULT 0,      -- no longer lent
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX equipment_centre ON equipment (centre_id, position);
CREATE TABLE booking_equipment (
  booking_id TEXT NOT NULL REFERENCES bookings(id) ON DELETE CASCADE,
  equipment_id TEXT NOT NULL REFERENCES equipment(id),
  amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 10000),
  PRIMARY KEY (booking_id, equipment_id)
);
CREATE TABLE equipment_uses (
  equipment_id TEXT NOT NULL REFERENCES equipment(id),
  from_at BIGINT NOT NULL,
  booking_id TEXT NOT NULL REFERENCES bookings(id) ON DELETE CASCADE,
  to_at BIGINT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (equipment_id, from_at, booking_id),
  CHECK (from_at < to_at)
) WITHOUT ROWID;
CREATE INDEX equipment_uses_booking ON equipment_uses (booking_id);
-- +goose StatementBegin
CREATE TRIGGER equipment_uses_peak AFTER INSERT ON equipment_uses
WHEN (SELECT MAX((SELECT SUM(v.amount) FROM equipment_uses v WHERE v.equipment_id = NEW.equipment_id AND v.from_at > NEW.from_at - 2678400
    AND v.from_at <= MAX(u.from_at, NEW.from_at) AND v.to_at > MAX(u.from_at, NEW.from_at)))
  FROM equipment_uses u WHERE u.equipment_id = NEW.equipment_id AND u.from_at > NEW.from_at - 2678400 AND u.from_at < NEW.to_at AND u.to_at > NEW.from_at)
  > (SELECT quantity FROM equipment WHERE id = NEW.equipment_id)
BEGIN SELECT RAISE(ABORT, 'equipment'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER equipment_uses_no_update BEFORE UPDATE ON equipment_uses
BEGIN SELECT RAISE(ABORT, 'equipment'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER equipment_fewer BEFORE UPDATE OF quantity, quantity_at ON equipment
WHEN (SELECT MAX((SELECT SUM(v.amount) FROM equipment_uses v WHERE v.equipment_id = NEW.id AND v.from_at > NEW.quantity_at - 2678400
    AND v.from_at <= MAX(u.from_at, NEW.quantity_at) AND v.to_at > MAX(u.from_at, NEW.quantity_at)))
  FROM equipment_uses u WHERE u.equipment_id = NEW.id AND u.from_at > NEW.quantity_at - 2678400 AND u.to_at > NEW.quantity_at) > NEW.quantity
BEGIN SELECT RAISE(ABORT, 'equipment'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER booking_equipment_use AFTER INSERT ON booking_equipment
BEGIN
  SELECT RAISE(ABORT, 'equipment') WHERE (SELECT centre_id FROM equipment WHERE id = NEW.equipment_id) <> (SELECT centre_id FROM bookings WHERE id = NEW.booking_id);
  INSERT INTO equipment_uses (equipment_id, booking_id, from_at, to_at, amount)
    SELECT NEW.equipment_id, id, held_from, held_to, NEW.amount FROM bookings WHERE id = NEW.booking_id AND state IN ('held','confirmed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER booking_equipment_release AFTER DELETE ON booking_equipment
BEGIN DELETE FROM equipment_uses WHERE booking_id = OLD.booking_id AND equipment_id = OLD.equipment_id; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER booking_equipment_no_update BEFORE UPDATE ON booking_equipment
BEGIN SELECT RAISE(ABORT, 'equipment'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bookings_use_equipment AFTER UPDATE OF held_from, held_to, state ON bookings
BEGIN
  DELETE FROM equipment_uses WHERE booking_id = NEW.id;
  INSERT INTO equipment_uses (equipment_id, booking_id, from_at, to_at, amount)
    SELECT equipment_id, NEW.id, NEW.held_from, NEW.held_to, amount FROM booking_equipment WHERE booking_id = NEW.id AND NEW.state IN ('held','confirmed') ORDER BY equipment_id;
END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER bookings_use_equipment;
DROP TABLE equipment_uses; DROP TABLE booking_equipment; DROP TABLE equipment;
ALTER TABLE bookings DROP COLUMN clear_minutes;
ALTER TABLE bookings DROP COLUMN setup_minutes;
DROP TRIGGER space_atoms_update; DROP TRIGGER space_atoms_delete; DROP TRIGGER space_atoms_insert;
ALTER TABLE spaces DROP COLUMN parts_at;
