-- +goose Up
-- What a space is made of changes only while nothing live stands in it from parts_at on: a booking made in a hall of two
-- parts must not lose one. An atom is a space of the same centre that occupies itself. The rows of the spaces are locked,
-- so that a booking that is being made there waits (its foreign key needs the row), or is seen.
ALTER TABLE spaces ADD COLUMN parts_at BIGINT NOT NULL DEFAULT 0;
-- +goose StatementBegin
CREATE FUNCTION space_atoms_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  whole TEXT;
  atom TEXT;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'atoms';
  ELSIF TG_OP = 'INSERT' THEN
    whole := NEW.space_id; atom := NEW.atom_id;
  ELSE
    whole := OLD.space_id; atom := OLD.atom_id;
  END IF;
  PERFORM 1 FROM spaces WHERE id IN (whole, atom) ORDER BY id FOR UPDATE;
  IF EXISTS (SELECT 1 FROM bookings b JOIN spaces s ON s.id = b.space_id WHERE s.id = whole AND b.state IN ('held','confirmed') AND b.held_to > s.parts_at) THEN
    RAISE EXCEPTION 'atoms';
  END IF;
  IF TG_OP = 'INSERT' AND atom <> whole AND NOT EXISTS (SELECT 1 FROM space_atoms a JOIN spaces part ON part.id = a.space_id
      JOIN spaces w ON w.centre_id = part.centre_id WHERE a.space_id = atom AND a.atom_id = atom AND w.id = whole) THEN
    RAISE EXCEPTION 'atoms';
  END IF;
  IF TG_OP = 'DELETE' AND atom = whole AND EXISTS (SELECT 1 FROM space_atoms WHERE atom_id = atom AND space_id <> whole) THEN
    RAISE EXCEPTION 'atoms';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER space_atoms_guard BEFORE INSERT OR UPDATE OR DELETE ON space_atoms FOR EACH ROW EXECUTE FUNCTION space_atoms_guard();

-- Set-up and clear-up of a booking's own, in place of its space's; held_from and held_to have it in them.
ALTER TABLE bookings ADD COLUMN setup_minutes INTEGER CHECK (setup_minutes BETWEEN 0 AND 480);
ALTER TABLE bookings ADD COLUMN clear_minutes INTEGER CHECK (clear_minutes BETWEEN 0 AND 480);

-- Equipment is counted: what live bookings hold of it at one moment is never more than there is. The triggers write the
-- uses, as those of occupancies do, and look at every moment at which the sum can be highest: where a use begins, and
-- no use is longer than 31 days. The row of the equipment is locked first, so that of two bookings the second counts the first. FOR NO KEY UPDATE, because
-- the foreign keys of both already share its key: a stronger lock would have each wait for the other.
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
);
CREATE INDEX equipment_uses_booking ON equipment_uses (booking_id);
-- +goose StatementBegin
CREATE FUNCTION equipment_peak() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  there INTEGER;
  peak BIGINT;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'equipment';
  END IF;
  SELECT quantity INTO there FROM equipment WHERE id = NEW.equipment_id FOR NO KEY UPDATE;
  SELECT MAX((SELECT SUM(v.amount) FROM equipment_uses v WHERE v.equipment_id = NEW.equipment_id AND v.from_at > NEW.from_at - 2678400
      AND v.from_at <= GREATEST(u.from_at, NEW.from_at) AND v.to_at > GREATEST(u.from_at, NEW.from_at))) INTO peak
    FROM equipment_uses u WHERE u.equipment_id = NEW.equipment_id AND u.from_at > NEW.from_at - 2678400 AND u.from_at < NEW.to_at AND u.to_at > NEW.from_at;
  IF peak > there THEN
    RAISE EXCEPTION 'equipment';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER equipment_uses_peak AFTER INSERT OR UPDATE ON equipment_uses FOR EACH ROW EXECUTE FUNCTION equipment_peak();
-- +goose StatementBegin
CREATE FUNCTION equipment_fewer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT MAX((SELECT SUM(v.amount) FROM equipment_uses v WHERE v.equipment_id = NEW.id AND v.from_at > NEW.quantity_at - 2678400
      AND v.from_at <= GREATEST(u.from_at, NEW.quantity_at) AND v.to_at > GREATEST(u.from_at, NEW.quantity_at)))
      FROM equipment_uses u WHERE u.equipment_id = NEW.id AND u.from_at > NEW.quantity_at - 2678400 AND u.to_at > NEW.quantity_at) > NEW.quantity THEN
    RAISE EXCEPTION 'equipment';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
-- After: the row is locked by then, and whoever counted before has committed.
CREATE TRIGGER equipment_fewer AFTER UPDATE OF quantity, quantity_at ON equipment FOR EACH ROW EXECUTE FUNCTION equipment_fewer();
-- +goose StatementBegin
CREATE FUNCTION booking_equipment_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'equipment';
  ELSIF TG_OP = 'DELETE' THEN
    DELETE FROM equipment_uses WHERE booking_id = OLD.booking_id AND equipment_id = OLD.equipment_id;
    RETURN NULL;
  END IF;
  IF (SELECT centre_id FROM equipment WHERE id = NEW.equipment_id) <> (SELECT centre_id FROM bookings WHERE id = NEW.booking_id) THEN
    RAISE EXCEPTION 'equipment';
  END IF;
  INSERT INTO equipment_uses (equipment_id, booking_id, from_at, to_at, amount)
    SELECT NEW.equipment_id, id, held_from, held_to, NEW.amount FROM bookings WHERE id = NEW.booking_id AND state IN ('held','confirmed');
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER booking_equipment_use AFTER INSERT OR UPDATE OR DELETE ON booking_equipment FOR EACH ROW EXECUTE FUNCTION booking_equipment_use();
-- +goose StatementBegin
CREATE FUNCTION bookings_use_equipment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM equipment_uses WHERE booking_id = NEW.id;
  INSERT INTO equipment_uses (equipment_id, booking_id, from_at, to_at, amount)
    SELECT equipment_id, NEW.id, NEW.held_from, NEW.held_to, amount FROM booking_equipment WHERE booking_id = NEW.id AND NEW.state IN ('held','confirmed') ORDER BY equipment_id;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_use_equipment AFTER UPDATE OF held_from, held_to, state ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_use_equipment();
-- +goose Down
DROP TRIGGER bookings_use_equipment ON bookings; DROP FUNCTION bookings_use_equipment();
DROP TABLE equipment_uses; DROP TABLE booking_equipment; DROP TABLE equipment;
DROP FUNCTION booking_equipment_use(); DROP FUNCTION equipment_fewer(); DROP FUNCTION equipment_peak();
ALTER TABLE bookings DROP COLUMN clear_minutes;
ALTER TABLE bookings DROP COLUMN setup_minutes;
DROP TRIGGER space_atoms_guard ON space_atoms; DROP FUNCTION space_atoms_guard();
ALTER TABLE spaces DROP COLUMN parts_at;
