-- +goose Up
ALTER TABLE support_requests ADD COLUMN locator_rest TEXT NOT NULL DEFAULT '' CHECK (length(locator_rest) IN (0, 5)); -- digits 6 to 10 of the locator: ten can neither run out nor be tried through
DROP INDEX support_requests_locator;
CREATE UNIQUE INDEX support_requests_locator ON support_requests (locator, locator_rest);


-- Whom a packet is kept from since its person has another code, whose key it does not have: marks, among others that stand for nobody.
ALTER TABLE support_referrals ADD COLUMN kept TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE support_referrals DROP COLUMN kept;
DROP INDEX support_requests_locator;
ALTER TABLE support_requests DROP COLUMN locator_rest;
CREATE UNIQUE INDEX support_requests_locator ON support_requests (locator);
