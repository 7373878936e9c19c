-- +goose Up
-- A locator has ten digits: so many can neither run out nor be tried through. A code of before had five and is read no more:
-- no release gave one, and a demo makes its data anew. Whoever has one gets another in person.
UPDATE support_requests SET locator = NULL, verifier = '' WHERE locator IS NOT NULL;
ALTER TABLE support_requests ADD COLUMN locator_rest TEXT CHECK ((locator IS NULL) = (locator_rest IS NULL) AND (locator_rest IS NULL OR length(locator_rest) = 5)); -- digits 6 to 10
DROP INDEX support_requests_locator;
CREATE UNIQUE INDEX support_requests_locator ON support_requests (locator, locator_rest);

CREATE TABLE support_taken_back (         -- what somebody said about being reached and changed since: the hourly job destroys its key
  item_id TEXT PRIMARY KEY,               -- in the erasure store
  request_id TEXT NOT NULL REFERENCES support_requests(id) ON DELETE CASCADE,
  hour BIGINT NOT NULL CHECK (hour % 3600 = 0)
);
CREATE INDEX support_taken_back_hour ON support_taken_back (hour);

-- Whom a packet is kept from since its person has another code, whose key it does not have: marks, among others that stand for
-- nobody. Whoever of its readers looks next seals them into its header.
ALTER TABLE support_referrals ADD COLUMN kept TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE support_referrals DROP COLUMN kept;
DROP TABLE support_taken_back;
DROP INDEX support_requests_locator;
ALTER TABLE support_requests DROP COLUMN locator_rest;
CREATE INDEX support_requests_locator ON support_requests (locator); -- not unique: of two codes the first five digits may be the same
