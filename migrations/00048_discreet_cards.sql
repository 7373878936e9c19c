-- +goose Up
ALTER TABLE registrations ADD COLUMN sealed_id TEXT CHECK (sealed_id IS NULL OR discreet = 1);            -- the sealed card of who asks (support_requests), or none
ALTER TABLE registrations ADD COLUMN notice_due INTEGER NOT NULL DEFAULT 0 CHECK (notice_due = 0 OR sealed_id IS NOT NULL); -- something changed that a reader of the card tells
CREATE INDEX registrations_notice_due ON registrations (centre_id) WHERE notice_due = 1;
-- +goose Down
DROP INDEX registrations_notice_due;
ALTER TABLE registrations DROP COLUMN notice_due;
ALTER TABLE registrations DROP COLUMN sealed_id;
