-- +goose Up
ALTER TABLE support_requests ADD COLUMN locator_rest TEXT NOT NULL DEFAULT '' CHECK (length(locator_rest) IN (0, 5)); -- digits 6 to 10 of the locator: ten can neither run out nor be tried through
DROP INDEX support_requests_locator;
CREATE UNIQUE INDEX support_requests_locator ON support_requests (locator, locator_rest);

-- +goose Down
DROP INDEX support_requests_locator;
ALTER TABLE support_requests DROP COLUMN locator_rest;
CREATE UNIQUE INDEX support_requests_locator ON support_requests (locator);
