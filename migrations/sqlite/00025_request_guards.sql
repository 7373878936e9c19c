-- +goose Up
-- What was answered stays answered: a date that was refused, withdrawn, cancelled or passed never changes again, and one
-- that was approved is only ever given back or cancelled.
-- +goose StatementBegin
CREATE TRIGGER room_request_dates_decided BEFORE UPDATE OF state ON room_request_dates
WHEN NEW.state <> OLD.state AND (OLD.state IN ('refused','withdrawn','over','cancelled') OR OLD.state = 'approved' AND NEW.state NOT IN ('withdrawn','cancelled'))
BEGIN SELECT RAISE(ABORT, 'decided'); END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER room_request_dates_decided;
