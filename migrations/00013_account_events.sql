-- +goose Up
-- One's own account says who asked for a new passphrase for it, and when.
CREATE INDEX audit_rows_account ON audit_rows (subject_id) WHERE subject_kind = 'account';
-- +goose Down
DROP INDEX audit_rows_account;
