-- +goose Up
-- Public holidays: the centre is closed, works as on any day, or is asked each time. What stands on a day that was closed
-- later waits for somebody until it was moved, called off, or left as it is.
ALTER TABLE centres ADD COLUMN holidays TEXT NOT NULL DEFAULT 'ask' CHECK (holidays IN ('closed','open','ask'));
CREATE TABLE left_standing (              -- on a closed day, and it is meant so
  centre_id TEXT NOT NULL REFERENCES centres(id),
  item_id TEXT NOT NULL,                  -- a session or a booking
  date TEXT NOT NULL,                     -- local date
  PRIMARY KEY (item_id, date)
);
-- +goose Down
DROP TABLE left_standing;
ALTER TABLE centres DROP COLUMN holidays;
