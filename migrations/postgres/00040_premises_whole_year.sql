-- +goose Up
-- Valid for at most one year: until the day before the same date, not that date itself. What was written down by the
-- older rule stays as it is.
-- +goose StatementBegin
CREATE FUNCTION premises_whole_year() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.valid_to <> '' AND NEW.valid_to >= CAST(CAST(substr(NEW.valid_from, 1, 4) AS INTEGER) + 1 AS TEXT) || substr(NEW.valid_from, 5) THEN
    RAISE EXCEPTION 'premises_year';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER premises_whole_year BEFORE INSERT OR UPDATE OF valid_from, valid_to ON premises_requests FOR EACH ROW EXECUTE FUNCTION premises_whole_year();
-- +goose Down
DROP TRIGGER premises_whole_year ON premises_requests; DROP FUNCTION premises_whole_year;
