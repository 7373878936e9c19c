-- +goose Up
-- Valid for at most one year: until the day before the same date, not that date itself. What was written down by the
-- older rule stays as it is.
-- +goose StatementBegin
CREATE TRIGGER premises_whole_year_new BEFORE INSERT ON premises_requests
WHEN NEW.valid_to <> '' AND NEW.valid_to >= CAST(CAST(substr(NEW.valid_from, 1, 4) AS INTEGER) + 1 AS TEXT) || substr(NEW.valid_from, 5)
BEGIN SELECT RAISE(ABORT, 'premises_year'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER premises_whole_year BEFORE UPDATE OF valid_from, valid_to ON premises_requests
WHEN NEW.valid_to <> '' AND NEW.valid_to >= CAST(CAST(substr(NEW.valid_from, 1, 4) AS INTEGER) + 1 AS TEXT) || substr(NEW.valid_from, 5)
BEGIN SELECT RAISE(ABORT, 'premises_year'); END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER premises_whole_year; DROP TRIGGER premises_whole_year_new;
