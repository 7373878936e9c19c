-- +goose Up
-- A page of an inbox asks which requests are sealed to a reader in their newest epoch: from the index alone, as a row is two kilobytes.
DROP INDEX support_grants_reader;
CREATE INDEX support_grants_reader ON support_grants (reader_id, request_id, epoch);

-- +goose Down
DROP INDEX support_grants_reader;
CREATE INDEX support_grants_reader ON support_grants (reader_id, request_id);
