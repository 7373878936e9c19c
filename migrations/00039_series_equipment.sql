-- +goose Up
-- What every date of a series has of its own: set-up and clear-up time in place of its space's, and equipment.
ALTER TABLE booking_series ADD COLUMN setup_minutes INTEGER CHECK (setup_minutes BETWEEN 0 AND 480);
ALTER TABLE booking_series ADD COLUMN clear_minutes INTEGER CHECK (clear_minutes BETWEEN 0 AND 480);
CREATE TABLE series_equipment (
  series_id TEXT NOT NULL REFERENCES booking_series(id) ON DELETE CASCADE,
  equipment_id TEXT NOT NULL REFERENCES equipment(id),
  amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 10000),
  PRIMARY KEY (series_id, equipment_id)
);
-- +goose Down
DROP TABLE series_equipment;
ALTER TABLE booking_series DROP COLUMN clear_minutes;
ALTER TABLE booking_series DROP COLUMN setup_minutes;
