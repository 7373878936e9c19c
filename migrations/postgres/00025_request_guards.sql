-- +goose Up
-- What was answered stays answered: a date that was refused, withdrawn, cancelled or passed never changes again, and one
-- that was approved is only ever given back or cancelled.
-- +goose StatementBegin
CREATE FUNCTION room_request_dates_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND (OLD.state IN ('refused','withdrawn','over','cancelled') OR OLD.state = 'approved' AND NEW.state NOT IN ('withdrawn','cancelled')) THEN
    RAISE EXCEPTION 'decided';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER room_request_dates_decided BEFORE UPDATE OF state ON room_request_dates FOR EACH ROW EXECUTE FUNCTION room_request_dates_decided();
-- +goose Down
DROP TRIGGER room_request_dates_decided ON room_request_dates;
DROP FUNCTION room_request_dates_decided;
