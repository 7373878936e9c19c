-- +goose Up
-- Holds whose time is over are few, and people are found by the address they left. What is in the way of a booking is
-- found by the key of occupancies here; PostgreSQL needs an index for it.
CREATE INDEX bookings_held ON bookings (expires_at) WHERE state = 'held';
CREATE INDEX people_email ON people (email) WHERE email <> '';
-- +goose Down
DROP INDEX people_email; DROP INDEX bookings_held;
