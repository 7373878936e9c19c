-- +goose Up
-- Which erasure store this data belongs to: its random id, set at the first start. With another store nothing sealed opens.
CREATE TABLE erasure_pin (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
  id TEXT NOT NULL CHECK (length(id) = 36)
);
-- +goose Down
DROP TABLE erasure_pin;
