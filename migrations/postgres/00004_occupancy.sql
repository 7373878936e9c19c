-- +goose Up
-- Live occupancies only: a booking that is cancelled or expired has none. The triggers of bookings write them, so no
-- code path can hold a space without its atoms, in the order of atom ids, so that two bookings never lock each other
-- in opposite order; the exclusion constraint refuses two of one atom at one time. ON CONFLICT is what makes PostgreSQL
-- wait for a rival before it inserts: two plain inserts into an exclusion constraint wait for each other and deadlock.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE occupancies (
  atom_id TEXT NOT NULL,
  from_at BIGINT NOT NULL,
  to_at BIGINT NOT NULL,
  booking_id TEXT NOT NULL REFERENCES bookings(id) ON DELETE CASCADE,
  expires_at BIGINT,
  PRIMARY KEY (booking_id, atom_id),
  CHECK (from_at < to_at),
  CONSTRAINT overlap EXCLUDE USING gist (atom_id WITH =, int8range(from_at, to_at) WITH &&)
);
-- +goose StatementBegin
CREATE FUNCTION bookings_occupy() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wanted INTEGER;
  written INTEGER;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM occupancies WHERE booking_id = NEW.id;
  END IF;
  IF NEW.state IN ('held','confirmed') THEN
    SELECT COUNT(*) INTO wanted FROM space_atoms WHERE space_id = NEW.space_id;
    IF wanted = 0 THEN
      RAISE EXCEPTION 'no atoms';
    END IF;
    INSERT INTO occupancies (atom_id, from_at, to_at, booking_id, expires_at)
      SELECT atom_id, NEW.held_from, NEW.held_to, NEW.id, CASE WHEN NEW.state = 'held' THEN NEW.expires_at END
      FROM space_atoms WHERE space_id = NEW.space_id ORDER BY atom_id
      ON CONFLICT ON CONSTRAINT overlap DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written < wanted THEN
      RAISE EXCEPTION 'overlap' USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'overlap';
    END IF;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_occupy AFTER INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_occupy();
CREATE TRIGGER bookings_reoccupy AFTER UPDATE OF space_id, held_from, held_to, state, expires_at ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_occupy();
-- +goose Down
DROP TABLE occupancies;
