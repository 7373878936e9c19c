-- +goose Up
CREATE TABLE prices (                     -- a room, a group of user, a time; cents an hour in the network's currency
  space_id TEXT NOT NULL REFERENCES spaces(id) ON DELETE CASCADE,
  user_group TEXT NOT NULL CHECK (user_group IN ('member','nonprofit','commercial')),
  prime INTEGER NOT NULL CHECK (prime IN (0,1)),
  cents BIGINT NOT NULL CHECK (cents BETWEEN 0 AND 100000000),
  PRIMARY KEY (space_id, user_group, prime)
);
CREATE TABLE booking_values (             -- what a booking that was held was worth, and what was charged; never changed by new prices
  booking_id TEXT PRIMARY KEY REFERENCES bookings(id) ON DELETE CASCADE,
  user_group TEXT NOT NULL,
  value_cents BIGINT NOT NULL CHECK (value_cents >= 0),
  charged_cents BIGINT NOT NULL CHECK (charged_cents >= 0),
  currency TEXT NOT NULL CHECK (LENGTH(currency) = 3),
  settled_at BIGINT NOT NULL,
  CONSTRAINT charged_at_most CHECK (charged_cents <= value_cents)
);
-- +goose Down
DROP TABLE booking_values; DROP TABLE prices;
