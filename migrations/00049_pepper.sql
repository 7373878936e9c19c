-- +goose Up
-- Which pepper this data was made with: a mark that tells nothing of it. With another pepper no passphrase and no access code fits.
CREATE TABLE pepper_pin (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
  mark TEXT NOT NULL CHECK (length(mark) = 64)
);
-- +goose Down
DROP TABLE pepper_pin;
