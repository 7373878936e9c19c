-- +goose Up
-- Holds whose time is over are few, people are found by the address they left, and what is in the way of a booking by
-- the beginnings of what occupies its atoms.
CREATE INDEX bookings_held ON bookings (expires_at) WHERE state = 'held';
CREATE INDEX people_email ON people (email) WHERE email <> '';
CREATE INDEX occupancies_from ON occupancies (atom_id, from_at);
-- +goose Down
DROP INDEX occupancies_from; DROP INDEX people_email; DROP INDEX bookings_held;
